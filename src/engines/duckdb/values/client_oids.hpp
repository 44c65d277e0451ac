// client_oids.hpp - types that clients declare for parameters and that no column of ours has; type_oids has the others.
//
// Source:  PostgreSQL 15, pg_type.dat.
#pragma once

#include "backend/backend.hpp"

namespace sluice::engine {

inline constexpr oid oid_oid = 26;
inline constexpr oid unknown_oid = 705;
inline constexpr oid bpchar_oid = 1042;
inline constexpr oid varchar_oid = 1043;
inline constexpr oid bit_oid = 1560;
inline constexpr oid regclass_oid = 2205;
inline constexpr oid regtype_oid = 2206;
inline constexpr oid jsonb_oid = 3802;

}  // namespace sluice::engine
