#include "engines/duckdb/dialect/catalog_views.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "engines/duckdb/dialect/catalog_lookups.hpp"
#include "engines/duckdb/dialect/type_sql.hpp"
#include "postgres/lex/quote.hpp"
#include "postgres/types/types.hpp"

namespace sluice::duckdb {

namespace {

struct view {
    std::string_view name;
    std::string_view sql;
};

struct macro {
    std::string_view name;
    std::string_view definition;  // (parameters) AS ..., (more parameters) AS ...
};

// Used by the views below and by translated statements.
constexpr auto own_macros = std::to_array<macro>({
    // The type with which rows are sent; see engines/duckdb/values/types.hpp. A user's type is listed by its
    // definition.
    {.name = "scalar_oid", .definition = R"sql((type_name) AS CASE
        WHEN type_name IN ('BOOLEAN') THEN 16
        WHEN type_name IN ('TINYINT', 'UTINYINT', 'SMALLINT') THEN 21
        WHEN type_name IN ('USMALLINT', 'INTEGER') THEN 23
        WHEN type_name IN ('UINTEGER', 'BIGINT') THEN 20
        WHEN type_name IN ('UBIGINT', 'HUGEINT', 'UHUGEINT', 'BIGNUM') OR starts_with(type_name, 'DECIMAL') THEN 1700
        WHEN type_name = 'FLOAT' THEN 700
        WHEN type_name = 'DOUBLE' THEN 701
        WHEN type_name = 'BLOB' OR starts_with(type_name, 'GEOMETRY') THEN 17
        WHEN type_name = 'DATE' THEN 1082
        WHEN type_name IN ('TIME', 'TIME_NS') THEN 1083
        WHEN type_name = 'TIME WITH TIME ZONE' THEN 1266
        WHEN type_name IN ('TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS') THEN 1114
        WHEN type_name = 'TIMESTAMP WITH TIME ZONE' THEN 1184
        WHEN type_name = 'INTERVAL' THEN 1186
        WHEN type_name = 'UUID' THEN 2950
        WHEN type_name = 'BIT' THEN 1562
        WHEN type_name IN ('JSON', 'VARIANT') OR regexp_matches(type_name, '^(STRUCT|MAP|UNION)\(') THEN 114
        ELSE 25 END)sql"},
    {.name = "column_modifier", .definition = R"sql((type_name) AS
        CASE WHEN starts_with(type_name, 'DECIMAL(')
        THEN (regexp_extract(type_name, '\((\d+),', 1)::INTEGER << 16)
             + regexp_extract(type_name, ',(\d+)\)', 1)::INTEGER + 4
        ELSE -1 END)sql"},
    // Like PostgreSQL's quote_ident(), except for words of its grammar.
    {.name = "quoted_name", .definition = R"sql((name) AS CASE WHEN regexp_full_match(name, '[a-z_][a-z0-9_]*')
        THEN name ELSE '"' || replace(name, '"', '""') || '"' END)sql"},
    // '(0,1)' for DuckDB's row 0. DuckDB gives rows of an uncommitted transaction very large numbers; they get pages
    // from 2^30 on, which are still positive for clients that keep 32 bits with a sign.
    {.name = "ctid_offset", .definition = R"sql((number) AS
        CASE WHEN number < 36028797018960000 THEN number % 256 ELSE (number - 36028797018960000) % 256 END + 1)sql"},
    {.name = "ctid_page", .definition = R"sql((number) AS CASE WHEN number < 36028797018960000 THEN number // 256
        ELSE 1073741824 + (number - 36028797018960000) // 256 END)sql"},
    {.name = "ctid_binary", .definition = R"sql((number) AS
        unhex(format('{:08x}{:04x}', sluice_catalog.ctid_page(number), sluice_catalog.ctid_offset(number))))sql"},
    {.name = "ctid_row", .definition = R"sql((place) AS
        CASE WHEN regexp_extract(place, '(\d+),', 1)::BIGINT < 1073741824
        THEN regexp_extract(place, '(\d+),', 1)::BIGINT * 256
        ELSE 36028797018960000 + (regexp_extract(place, '(\d+),', 1)::BIGINT - 1073741824) * 256
        END + regexp_extract(place, ',\s*(\d+)', 1)::BIGINT - 1)sql"},
    {.name = "ctid_text", .definition = R"sql((number) AS
        format('({},{})', sluice_catalog.ctid_page(number), sluice_catalog.ctid_offset(number)))sql"},
});

// Replacements of PostgreSQL's functions that DuckDB lacks or has without contents; calls of these names come here.
// Their bodies have no sub-query, in which a column could capture a name of the caller's; catalog_lookups.hpp has the
// others.
constexpr auto macros_for_clients = std::to_array<macro>({
    // Without a name scanners read on several connections, each with its own snapshot: DuckDB cannot share one.
    {.name = "pg_export_snapshot", .definition = "() AS CAST(NULL AS VARCHAR)"},
    {.name = "pg_get_expr", .definition = "(tree, relation) AS tree, (tree, relation, pretty) AS tree"},
    {.name = "pg_get_statisticsobjdef_columns", .definition = "(object) AS CAST(NULL AS VARCHAR)"},
    {.name = "pg_indexes_size", .definition = "(relation) AS CAST(0 AS BIGINT)"},
    {.name = "pg_relation_is_publishable", .definition = "(relation) AS false"},
});

// In functions_catalog: found before DuckDB's own functions of these names, also by its views (information_schema,
// pg_tables) and by SHOW TABLES. DuckDB's list of schemas contains the client's and that of functions_catalog.
constexpr auto shadowing_macros = std::to_array<macro>({
    {.name = "client_schemas", .definition = R"sql(() AS list_filter(system.main.current_schemas(false),
        lambda schema, place: schema <> 'sluice_functions' AND
        place > coalesce(list_position(system.main.current_schemas(false), 'no schema'), 0)))sql"},
    {.name = "current_schema", .definition = "() AS sluice_functions.sluice_functions.client_schemas()[1]"},
    {.name = "current_schemas", .definition = R"sql((implicit) AS CASE WHEN implicit AND
        NOT list_contains(sluice_functions.sluice_functions.client_schemas(), 'pg_catalog')
        THEN ['pg_catalog'] ELSE [] END || sluice_functions.sluice_functions.client_schemas())sql"},
    // DuckDB's lists, and the objects in SQLite files from engines/duckdb/tables/sqlite_lists.hpp.
    {.name = "duckdb_databases", .definition = R"sql(() AS TABLE
        FROM system.main.duckdb_databases() UNION ALL BY NAME
        SELECT database_name, database_oid, path, false AS internal, 'sqlite' AS type, readonly
        FROM sluice_sqlite_databases())sql"},
    {.name = "duckdb_schemas", .definition = R"sql(() AS TABLE
        FROM system.main.duckdb_schemas() UNION ALL BY NAME
        SELECT database_oid AS oid, database_name, database_oid, 'main' AS schema_name, false AS internal
        FROM sluice_sqlite_databases())sql"},
    {.name = "duckdb_tables", .definition = R"sql(() AS TABLE
        FROM system.main.duckdb_tables() UNION ALL BY NAME
        SELECT database_name, database_oid, 'main' AS schema_name, database_oid AS schema_oid, name AS table_name,
               oid AS table_oid, false AS internal, false AS temporary, has_primary_key, column_count, index_count,
               0 AS check_constraint_count, sql
        FROM sluice_sqlite_relations() WHERE kind = 'table')sql"},
    {.name = "duckdb_views", .definition = R"sql(() AS TABLE
        FROM system.main.duckdb_views() UNION ALL BY NAME
        SELECT database_name, database_oid, 'main' AS schema_name, database_oid AS schema_oid, name AS view_name,
               oid AS view_oid, false AS internal, false AS temporary, column_count, sql
        FROM sluice_sqlite_relations() WHERE kind = 'view')sql"},
    {.name = "duckdb_columns", .definition = R"sql(() AS TABLE
        FROM system.main.duckdb_columns() UNION ALL BY NAME
        SELECT database_name, database_oid, 'main' AS schema_name, database_oid AS schema_oid, table_name, table_oid,
               column_name, column_index, false AS internal, column_default, is_nullable, data_type
        FROM sluice_sqlite_columns())sql"},
    {.name = "duckdb_constraints", .definition = R"sql(() AS TABLE
        FROM system.main.duckdb_constraints() UNION ALL BY NAME
        SELECT database_name, database_oid, 'main' AS schema_name, database_oid AS schema_oid, table_name, table_oid,
               constraint_index, constraint_type,
               format('{}({})', constraint_type, replace(columns, chr(31), ', ')) AS constraint_text,
               string_split(places, chr(31))::BIGINT[] AS constraint_column_indexes,
               string_split(columns, chr(31)) AS constraint_column_names, constraint_name, referenced_table,
               coalesce(string_split(referenced_columns, chr(31)), []) AS referenced_column_names
        FROM sluice_sqlite_constraints())sql"},
    {.name = "duckdb_indexes", .definition = R"sql(() AS TABLE
        FROM system.main.duckdb_indexes() UNION ALL BY NAME
        SELECT database_name, database_oid, 'main' AS schema_name, database_oid AS schema_oid, index_name, index_oid,
               table_name, table_oid, is_unique, false AS is_primary,
               format('[{}]', replace(columns, chr(31), ', ')) AS expressions, sql
        FROM sluice_sqlite_indexes())sql"},
});

constexpr auto views = std::to_array<view>({
    // The rows are settings of the session and of the server: engines/duckdb/tables/cursor_list.hpp.
    {.name = "pg_settings", .sql = R"sql(
        SELECT * REPLACE (string_split(enumvals, ',') AS enumvals, sourceline::INTEGER AS sourceline)
        FROM sluice_pg_settings())sql"},
    {.name = "pg_namespace", .sql = R"sql(
        SELECT 11::BIGINT AS oid, 'pg_catalog' AS nspname, 10::BIGINT AS nspowner, CAST(NULL AS VARCHAR[]) AS nspacl
        UNION ALL SELECT 13000, 'information_schema', 10, NULL
        UNION ALL SELECT oid, CASE WHEN database_name = 'temp' THEN 'pg_temp' ELSE schema_name END, 10, NULL
        FROM duckdb_schemas() WHERE database_name IN (current_database(), 'temp'))sql"},
    {.name = "pg_class", .sql = R"sql(
        WITH native AS (
            SELECT count(*) > 0 AS yes FROM duckdb_databases()
            WHERE database_name = current_database() AND type = 'duckdb'
        ), relations AS (
            SELECT table_oid AS oid, table_name AS relname, schema_oid AS relnamespace, temporary, 'r' AS relkind,
                   estimated_size AS rows, column_count AS columns, check_constraint_count AS checks,
                   index_count > 0 AS indexed, has_primary_key
            FROM duckdb_tables()
            UNION ALL
            SELECT view_oid, view_name, schema_oid, temporary, 'v', NULL, column_count, 0, false, false
            FROM duckdb_views() WHERE NOT internal
            UNION ALL
            SELECT sequence_oid, sequence_name, schema_oid, temporary, 'S', NULL, 3, 0, false, false
            FROM duckdb_sequences()
            UNION ALL
            SELECT indexrelid, relname, relnamespace, false, 'i', NULL, len(parts), 0, false, false
            FROM sluice_catalog.index_list
        )
        SELECT oid, relname, relnamespace, 0::BIGINT AS reltype, 0::BIGINT AS reloftype, 10::BIGINT AS relowner,
               CASE relkind WHEN 'r' THEN 2 WHEN 'i' THEN 403 ELSE 0 END::BIGINT AS relam, oid AS relfilenode,
               0::BIGINT AS reltablespace,
               CASE WHEN relkind = 'r' AND NOT temporary AND native.yes
                    THEN greatest(1, (rows + 255) // 256) ELSE 0 END::INTEGER AS relpages,
               coalesce(rows, 0)::REAL AS reltuples, 0 AS relallvisible, 0::BIGINT AS reltoastrelid,
               0::BIGINT AS reltoastidxid, indexed AS relhasindex, false AS relisshared,
               CASE WHEN temporary THEN 't' ELSE 'p' END AS relpersistence, relkind, columns::SMALLINT AS relnatts,
               checks::SMALLINT AS relchecks, false AS relhasoids, has_primary_key AS relhaspkey,
               relkind = 'v' AS relhasrules, false AS relhastriggers, false AS relhassubclass, false AS relrowsecurity,
               false AS relforcerowsecurity, true AS relispopulated, 'd' AS relreplident, false AS relispartition,
               0::BIGINT AS relrewrite, 0::BIGINT AS relfrozenxid, 1::BIGINT AS relminmxid,
               CAST(NULL AS VARCHAR[]) AS relacl, CAST(NULL AS VARCHAR[]) AS reloptions,
               CAST(NULL AS VARCHAR) AS relpartbound, 0::BIGINT AS xmin, 1259::BIGINT AS tableoid
        FROM relations, native
        WHERE relnamespace IN (SELECT oid FROM sluice_catalog.pg_namespace))sql"},
    {.name = "pg_attribute", .sql = R"sql(
        SELECT table_oid AS attrelid, column_name AS attname,
               CASE WHEN dimensions = 0 THEN element_oid ELSE typarray END AS atttypid, -1 AS attstattarget,
               CASE WHEN dimensions = 0 THEN typlen ELSE -1 END::SMALLINT AS attlen,
               column_index::SMALLINT AS attnum, dimensions AS attndims, -1 AS attcacheoff,
               sluice_catalog.column_modifier(element) AS atttypmod, false AS attbyval, 'p' AS attstorage,
               'i' AS attalign, NOT is_nullable AS attnotnull, column_default IS NOT NULL AS atthasdef,
               false AS atthasmissing, '' AS attidentity, '' AS attgenerated, false AS attisdropped,
               true AS attislocal, 0 AS attinhcount,
               CASE WHEN element_oid = 25 THEN 100 ELSE 0 END::BIGINT AS attcollation, '' AS attcompression,
               CAST(NULL AS VARCHAR[]) AS attacl, CAST(NULL AS VARCHAR[]) AS attoptions,
               CAST(NULL AS VARCHAR[]) AS attfdwoptions, CAST(NULL AS VARCHAR) AS attmissingval
        FROM (SELECT *, regexp_replace(data_type, '(\[\d*\])+$', '') AS element,
                     sluice_catalog.scalar_oid(element)::BIGINT AS element_oid,
                     length(regexp_replace(regexp_extract(data_type, '(\[\d*\])+$'), '[^\]]', '', 'g'))::INTEGER
                         AS dimensions
              FROM duckdb_columns() WHERE database_name IN (current_database(), 'temp')) AS c
        JOIN sluice_catalog.type_list AS t ON t.oid = c.element_oid)sql"},
    {.name = "pg_attrdef", .sql = R"sql(
        SELECT table_oid * 100000 + column_index AS oid, table_oid AS adrelid, column_index::SMALLINT AS adnum,
               column_default AS adbin
        FROM duckdb_columns()
        WHERE column_default IS NOT NULL AND database_name IN (current_database(), 'temp'))sql"},
    {.name = "pg_type", .sql = R"sql(
        SELECT oid, typname, typnamespace, 10::BIGINT AS typowner, typlen::SMALLINT AS typlen, typlen BETWEEN 1 AND 8
               AS typbyval, typtype, typcategory, oid IN (16, 25, 26, 701, 1184, 1186, 1562) AS typispreferred,
               true AS typisdefined, ',' AS typdelim, 0::BIGINT AS typrelid, '-' AS typsubscript, typelem, typarray,
               typname || '_in' AS typinput, typname || '_out' AS typoutput, typname || '_recv' AS typreceive,
               typname || '_send' AS typsend, '-' AS typmodin, '-' AS typmodout, '-' AS typanalyze, 'i' AS typalign,
               'p' AS typstorage, false AS typnotnull, 0::BIGINT AS typbasetype, -1 AS typtypmod, 0 AS typndims,
               CASE WHEN typcategory = 'S' THEN 100 ELSE 0 END::BIGINT AS typcollation,
               CAST(NULL AS VARCHAR) AS typdefaultbin, CAST(NULL AS VARCHAR) AS typdefault,
               CAST(NULL AS VARCHAR[]) AS typacl, 1247::BIGINT AS tableoid
        FROM sluice_catalog.type_list)sql"},
    {.name = "pg_enum", .sql = R"sql(
        SELECT type_oid * 100000 + unnest(range(1, len(labels) + 1)) AS oid, type_oid AS enumtypid,
               unnest(range(1, len(labels) + 1))::REAL AS enumsortorder, unnest(labels) AS enumlabel
        FROM duckdb_types()
        WHERE logical_type = 'ENUM' AND NOT internal AND database_name = current_database())sql"},
    {.name = "pg_range", .sql = R"sql(
        SELECT 0::BIGINT AS rngtypid, 0::BIGINT AS rngsubtype, 0::BIGINT AS rngmultitypid, 0::BIGINT AS rngcollation,
               0::BIGINT AS rngsubopc, '-' AS rngcanonical, '-' AS rngsubdiff WHERE false)sql"},
    {.name = "pg_collation", .sql = R"sql(
        SELECT 100::BIGINT AS oid, 'default' AS collname, 11::BIGINT AS collnamespace, 10::BIGINT AS collowner,
               'd' AS collprovider, true AS collisdeterministic, -1 AS collencoding, CAST(NULL AS VARCHAR) AS collcollate,
               CAST(NULL AS VARCHAR) AS collctype, CAST(NULL AS VARCHAR) AS colliculocale,
               CAST(NULL AS VARCHAR) AS collversion
        UNION ALL SELECT 950, 'C', 11, 10, 'c', true, -1, 'C', 'C', NULL, NULL
        UNION ALL SELECT 951, 'POSIX', 11, 10, 'c', true, -1, 'POSIX', 'POSIX', NULL, NULL)sql"},
    {.name = "pg_constraint", .sql = "SELECT * EXCLUDE (definition) FROM sluice_catalog.constraint_list"},
    {.name = "pg_index", .sql = R"sql(
        SELECT indexrelid, indrelid, len(parts)::SMALLINT AS indnatts, len(parts)::SMALLINT AS indnkeyatts, indisunique,
               false AS indnullsnotdistinct, indisprimary, false AS indisexclusion, true AS indimmediate,
               false AS indisclustered, true AS indisvalid, false AS indcheckxmin, true AS indisready,
               true AS indislive, false AS indisreplident,
               [coalesce(list_position(names, part), 0) FOR part IN parts]::SMALLINT[] AS indkey,
               CAST([] AS BIGINT[]) AS indcollation, CAST([] AS BIGINT[]) AS indclass,
               CAST([] AS SMALLINT[]) AS indoption, CAST(NULL AS VARCHAR) AS indexprs, CAST(NULL AS VARCHAR) AS indpred
        FROM sluice_catalog.index_list JOIN sluice_catalog.column_names AS c ON c.table_oid = indrelid)sql"},
    {.name = "pg_indexes", .sql = R"sql(
        SELECT n.nspname AS schemaname, t.table_name AS tablename, i.relname AS indexname,
               CAST(NULL AS VARCHAR) AS tablespace, i.definition AS indexdef
        FROM sluice_catalog.index_list AS i JOIN sluice_catalog.pg_namespace AS n ON n.oid = i.relnamespace
        JOIN duckdb_tables() AS t ON t.table_oid = i.indrelid)sql"},
    {.name = "pg_description", .sql = R"sql(
        SELECT table_oid AS objoid, 1259::BIGINT AS classoid, 0 AS objsubid, comment AS description
        FROM duckdb_tables() WHERE comment IS NOT NULL AND database_name IN (current_database(), 'temp')
        UNION ALL SELECT view_oid, 1259, 0, comment
        FROM duckdb_views() WHERE comment IS NOT NULL AND database_name IN (current_database(), 'temp')
        UNION ALL SELECT table_oid, 1259, column_index, comment
        FROM duckdb_columns() WHERE comment IS NOT NULL AND database_name IN (current_database(), 'temp'))sql"},
    {.name = "pg_am", .sql = R"sql(
        SELECT 2::BIGINT AS oid, 'heap' AS amname, 'heap_tableam_handler' AS amhandler, 't' AS amtype
        UNION ALL SELECT 403, 'art', 'arthandler', 'i')sql"},
    {.name = "pg_database", .sql = R"sql(
        SELECT database_oid AS oid, database_name AS datname, 10::BIGINT AS datdba, 6 AS encoding, 'c' AS datlocprovider,
               false AS datistemplate, true AS datallowconn, -1 AS datconnlimit, 0::BIGINT AS datfrozenxid,
               1::BIGINT AS datminmxid, 1663::BIGINT AS dattablespace, 'C.UTF-8' AS datcollate, 'C.UTF-8' AS datctype,
               CAST(NULL AS VARCHAR) AS daticulocale, CAST(NULL AS VARCHAR) AS datcollversion,
               CAST(NULL AS VARCHAR[]) AS datacl
        FROM duckdb_databases() WHERE NOT internal)sql"},
    {.name = "pg_roles", .sql = R"sql(
        SELECT 'postgres' AS rolname, true AS rolsuper, true AS rolinherit, true AS rolcreaterole, true AS rolcreatedb,
               true AS rolcanlogin, false AS rolreplication, -1 AS rolconnlimit, '********' AS rolpassword,
               CAST(NULL AS TIMESTAMPTZ) AS rolvaliduntil, true AS rolbypassrls, CAST(NULL AS VARCHAR[]) AS rolconfig,
               10::BIGINT AS oid)sql"},
});

// Parts of PostgreSQL that DuckDB does not have, with the columns by which tools join and filter.
constexpr auto empty_views = std::to_array<view>({
    {.name = "pg_auth_members", .sql = "roleid BIGINT, member BIGINT, grantor BIGINT, admin_option BOOLEAN"},
    {.name = "pg_foreign_server", .sql = "oid BIGINT, srvname VARCHAR, srvfdw BIGINT, srvoptions VARCHAR[]"},
    {.name = "pg_foreign_table", .sql = "ftrelid BIGINT, ftserver BIGINT, ftoptions VARCHAR[]"},
    {.name = "pg_inherits", .sql = "inhrelid BIGINT, inhparent BIGINT, inhseqno INTEGER, inhdetachpending BOOLEAN"},
    {.name = "pg_partitioned_table", .sql = "partrelid BIGINT, partstrat VARCHAR, partnatts SMALLINT"},
    {.name = "pg_policy",
     .sql = "oid BIGINT, polname VARCHAR, polrelid BIGINT, polcmd VARCHAR, polpermissive BOOLEAN, "
            "polroles BIGINT[], polqual VARCHAR, polwithcheck VARCHAR"},
    {.name = "pg_publication", .sql = "oid BIGINT, pubname VARCHAR, puballtables BOOLEAN"},
    {.name = "pg_publication_namespace", .sql = "oid BIGINT, pnpubid BIGINT, pnnspid BIGINT"},
    {.name = "pg_publication_rel",
     .sql = "oid BIGINT, prpubid BIGINT, prrelid BIGINT, prqual VARCHAR, prattrs SMALLINT[]"},
    {.name = "pg_rewrite", .sql = "oid BIGINT, rulename VARCHAR, ev_class BIGINT, ev_type VARCHAR, ev_enabled VARCHAR"},
    {.name = "pg_stat_wal_receiver", .sql = "pid INTEGER, status VARCHAR"},
    {.name = "pg_statistic_ext",
     .sql = "oid BIGINT, stxrelid BIGINT, stxnamespace BIGINT, stxname VARCHAR, "
            "stxkind VARCHAR[], stxstattarget INTEGER"},
    {.name = "pg_trigger",
     .sql = "oid BIGINT, tgrelid BIGINT, tgname VARCHAR, tgenabled VARCHAR, tgisinternal BOOLEAN, "
            "tgconstraint BIGINT, tgdeferrable BOOLEAN, tginitdeferred BOOLEAN, tgparentid BIGINT"},
});

// Shared by several views; not part of PostgreSQL.
constexpr auto shared_views = std::to_array<view>({
    // Keys have indexes in DuckDB, too, but it lists only those of CREATE INDEX.
    {.name = "index_list", .sql = R"sql(
        SELECT index_oid AS indexrelid, index_name AS relname, schema_oid AS relnamespace, table_oid AS indrelid,
               is_unique AS indisunique, is_primary AS indisprimary,
               [trim(part, ' "') FOR part IN string_split(trim(expressions, '[]'), ',')] AS parts,
               regexp_replace(rtrim(sql, ';'), '( ON \S+?)\s*\(', '\1 USING art (') AS definition
        FROM system.main.duckdb_indexes() WHERE database_name IN (current_database(), 'temp')
        UNION ALL
        SELECT index_oid, index_name, database_oid, table_oid, is_unique, false, string_split(columns, chr(31)),
               format('CREATE {}INDEX {} ON {} USING btree {}', CASE WHEN is_unique THEN 'UNIQUE ' ELSE '' END,
                      sluice_catalog.quoted_name(index_name), sluice_catalog.quoted_name(table_name), body)
        FROM sluice_sqlite_indexes() WHERE database_name = current_database()
        UNION ALL
        SELECT table_oid * 1000000 + constraint_index, constraint_name, schema_oid, table_oid, true,
               constraint_type = 'PRIMARY KEY', constraint_column_names,
               format('CREATE UNIQUE INDEX {} ON {}.{} USING art ({})', sluice_catalog.quoted_name(constraint_name),
                      sluice_catalog.quoted_name(schema_name), sluice_catalog.quoted_name(table_name),
                      array_to_string([sluice_catalog.quoted_name(name) FOR name IN constraint_column_names], ', '))
        FROM duckdb_constraints()
        WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND database_name IN (current_database(), 'temp'))sql"},
    {.name = "column_names", .sql = R"sql(
        SELECT table_oid, schema_oid, table_name, list(column_name ORDER BY column_index) AS names
        FROM duckdb_columns() WHERE database_name IN (current_database(), 'temp') GROUP BY ALL)sql"},
    {.name = "constraint_list", .sql = R"sql(
        SELECT c.table_oid * 1000000 + constraint_index AS oid, coalesce(constraint_name, constraint_text) AS conname,
               c.schema_oid AS connamespace,
               CASE constraint_type WHEN 'CHECK' THEN 'c' WHEN 'UNIQUE' THEN 'u' WHEN 'PRIMARY KEY' THEN 'p'
                                    ELSE 'f' END AS contype,
               false AS condeferrable, false AS condeferred, true AS convalidated, c.table_oid AS conrelid,
               0::BIGINT AS contypid,
               CASE WHEN constraint_type IN ('UNIQUE', 'PRIMARY KEY') THEN c.table_oid * 1000000 + constraint_index
                    ELSE 0 END AS conindid,
               0::BIGINT AS conparentid, coalesce(f.table_oid, 0) AS confrelid,
               CASE WHEN constraint_type = 'FOREIGN KEY' THEN 'a' ELSE ' ' END AS confupdtype,
               CASE WHEN constraint_type = 'FOREIGN KEY' THEN 'a' ELSE ' ' END AS confdeltype,
               CASE WHEN constraint_type = 'FOREIGN KEY' THEN 's' ELSE ' ' END AS confmatchtype, true AS conislocal,
               0 AS coninhcount, true AS connoinherit,
               [i + 1 FOR i IN constraint_column_indexes]::SMALLINT[] AS conkey,
               CASE WHEN constraint_type = 'FOREIGN KEY'
                    THEN [list_position(f.names, name) FOR name IN referenced_column_names]::SMALLINT[] END AS confkey,
               CAST(NULL AS BIGINT[]) AS conpfeqop, CAST(NULL AS BIGINT[]) AS conppeqop,
               CAST(NULL AS BIGINT[]) AS conffeqop, CAST(NULL AS BIGINT[]) AS conexclop, expression AS conbin,
               CASE constraint_type
               WHEN 'CHECK' THEN format('CHECK ({})', expression)
               WHEN 'FOREIGN KEY' THEN format('FOREIGN KEY ({}) REFERENCES {}({})', columns,
                    sluice_catalog.quoted_name(referenced_table),
                    array_to_string([sluice_catalog.quoted_name(name) FOR name IN referenced_column_names], ', '))
               ELSE format('{} ({})', constraint_type, columns) END AS definition
        FROM (SELECT *, array_to_string([sluice_catalog.quoted_name(name) FOR name IN constraint_column_names], ', ')
                     AS columns FROM duckdb_constraints()) AS c
        LEFT JOIN sluice_catalog.column_names AS f
        ON f.schema_oid = c.schema_oid AND f.table_name = c.referenced_table AND constraint_type = 'FOREIGN KEY'
        WHERE database_name IN (current_database(), 'temp')
              AND constraint_type IN ('CHECK', 'UNIQUE', 'PRIMARY KEY', 'FOREIGN KEY'))sql"},
});

// Every type of a result, its array, and the user's enums, which are sent as text.
std::string type_list() {
    return "SELECT oid::BIGINT AS oid, typname, 11::BIGINT AS typnamespace, typlen, 'b' AS typtype, typcategory, "
           "typelem::BIGINT AS typelem, typarray::BIGINT AS typarray FROM (VALUES " +
           type_rows_sql() +
           ") AS t(oid, typname, typlen, typcategory, typelem, typarray) UNION ALL "
           "SELECT type_oid, type_name, schema_oid, 4, 'e', 'E', 0, 0 FROM duckdb_types() "
           "WHERE logical_type = 'ENUM' AND NOT internal AND type_oid IS NOT NULL AND database_name = "
           "current_database()";
}

// The text with qualified names of shadowing_macros, as every search path finds them.
std::string with_shadows(std::string_view text) {
    std::string sql(text);
    for (const macro& made : shadowing_macros) {
        const std::string called = " " + std::string(made.name) + "(";
        const std::string qualified = " " + std::string(functions_catalog) + "." + std::string(functions_catalog) +
                                      "." + std::string(made.name) + "(";
        for (std::size_t at = sql.find(called); at != std::string::npos; at = sql.find(called, at + 1)) {
            sql.replace(at, called.size(), qualified);
        }
    }
    return sql;
}

std::string create_view(std::string_view name, std::string_view sql) {
    return "CREATE VIEW " + std::string(catalog_name) + "." + std::string(name) + " AS " + with_shadows(sql);
}

std::string create_macro(const macro& made, std::string_view place = catalog_name) {
    return "CREATE MACRO " + std::string(place) + "." + std::string(made.name) + std::string(made.definition);
}

// "a BIGINT, b VARCHAR" as columns without rows.
std::string no_rows(std::string_view columns) {
    std::string sql = "SELECT ";
    while (!columns.empty()) {
        const std::string_view column = columns.substr(0, columns.find(", "));
        const std::size_t blank = column.find(' ');
        sql += "CAST(NULL AS " + std::string(column.substr(blank + 1)) + ") AS " + std::string(column.substr(0, blank));
        columns.remove_prefix(std::min(columns.size(), column.size() + 2));
        sql += columns.empty() ? "" : ", ";
    }
    return sql + " WHERE false";
}

constexpr auto macro_names = [] {
    std::array<std::string_view, macros_for_clients.size()> names{};
    std::ranges::transform(macros_for_clients, names.begin(), &macro::name);
    return names;
}();
static_assert(std::ranges::is_sorted(macro_names));

constexpr auto view_names = [] {
    std::array<std::string_view, views.size() + empty_views.size()> names{};
    std::ranges::transform(views, names.begin(), &view::name);
    std::ranges::transform(empty_views, names.begin() + views.size(), &view::name);
    std::ranges::sort(names);
    return names;
}();

}  // namespace

bool is_catalog_view(std::string_view lower) {
    return lower.starts_with("pg_") && std::ranges::binary_search(view_names, lower);
}

bool is_catalog_macro(std::string_view lower) {
    return (lower.starts_with("pg_") && std::ranges::binary_search(macro_names, lower)) || is_client_lookup(lower);
}

std::vector<std::string> catalog_functions() {
    std::vector<std::string> names = lookup_functions();
    names.insert(names.end(), macro_names.begin(), macro_names.end());
    for (const macro& made : own_macros) {
        names.emplace_back(made.name);
    }
    return names;
}

std::vector<std::string> catalog_definitions() {
    const std::string functions(functions_catalog);
    std::vector<std::string> definitions{"CREATE SCHEMA " + functions + "." + functions,
                                         "CREATE SCHEMA " + functions + "." + postgres::quote_identifier(no_schema)};
    for (const macro& made : own_macros) {
        definitions.push_back(create_macro(made));
    }
    for (const macro& made : shadowing_macros) {
        definitions.push_back(create_macro(made, functions + "." + functions));
    }
    definitions.push_back(create_view("type_list", type_list()));
    for (const view& made : shared_views) {
        definitions.push_back(create_view(made.name, made.sql));
    }
    for (const view& made : views) {
        definitions.push_back(create_view(made.name, made.sql));
    }
    for (const view& made : empty_views) {
        definitions.push_back(create_view(made.name, no_rows(made.sql)));
    }
    for (const macro& made : macros_for_clients) {
        definitions.push_back(create_macro(made));
    }
    for (std::string& made : lookup_definitions()) {
        definitions.push_back(std::move(made));
    }
    return definitions;
}

}  // namespace sluice::duckdb
