// client_oids.hpp - types that clients declare for parameters and that no column of ours has; type_oids has the others.
//
// Source:  PostgreSQL 15, pg_type.dat.
#pragma once

#include "backend/backend.hpp"

namespace sluice::duckdb {

inline constexpr backend::oid oid_oid = 26;
inline constexpr backend::oid unknown_oid = 705;
inline constexpr backend::oid bpchar_oid = 1042;
inline constexpr backend::oid varchar_oid = 1043;
inline constexpr backend::oid bit_oid = 1560;
inline constexpr backend::oid regclass_oid = 2205;
inline constexpr backend::oid regtype_oid = 2206;
inline constexpr backend::oid jsonb_oid = 3802;

}  // namespace sluice::duckdb
