// pgx: values of Go into columns of every type, on two servers: pgx_test "plain tables" OURS THEIRS; prints TAP lines.
package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

var plainColumns = [][2]string{
	{"si", "smallint"}, {"i", "integer"}, {"b", "bigint"}, {"n", "numeric(12,4)"}, {"r", "real"}, {"f", "double precision"}, {"s", "varchar"},
	{"t", "text"}, {"bo", "boolean"}, {"d", "date"}, {"ts", "timestamp"}, {"tz", "timestamptz"}, {"iv", "interval"}, {"u", "uuid"},
	{"ba", "bytea"}, {"j", "json"}, {"li", "integer[]"}, {"lt", "text[]"},
}

var plainValues = []any{
	int16(1), int32(70000), int64(3000), 2.5, float32(1.5), true, "x", "12", nil, []byte{0, 255},
	time.Date(2024, 2, 29, 23, 1, 2, 3000, time.UTC), 3 * time.Hour, []int32{1, 3}, []string{"a", "b c"}, [16]byte{15: 5},
	pgtype.Numeric{Int: big.NewInt(125), Exp: -2, Valid: true},
}

// What is in the column after each statement, or the SQLSTATE; "driver" when pgx itself finds no way.
func plainAnswers(ctx context.Context, conn *pgx.Conn, column string) ([]string, error) {
	var found []string
	for _, value := range plainValues {
		for _, text := range []string{"insert into plain_types (%s) values ($1)", "insert into plain_types (%s) select $1", "update plain_types set %s = $1"} {
			sql := fmt.Sprintf(text, column)
			if _, err := conn.Exec(ctx, "delete from plain_types"); err != nil {
				return nil, err
			}
			if text[0] == 'u' {
				if _, err := conn.Exec(ctx, "insert into plain_types (k) values (0)"); err != nil {
					return nil, err
				}
			}
			stored := "NULL"
			_, err := conn.Exec(ctx, sql, value)
			var refused *pgconn.PgError
			if errors.As(err, &refused) {
				stored = refused.Code
			} else if err != nil {
				stored = "driver"
			} else {
				var read *string
				rows := conn.QueryRow(ctx, fmt.Sprintf("select %s from plain_types", column), pgx.QueryResultFormats{pgx.TextFormatCode})
				if err := rows.Scan(&read); err != nil {
					stored = "unread" // an array or a number: pgx has no string for it
				} else if read != nil {
					stored = *read
				}
			}
			found = append(found, fmt.Sprintf("%s with %T %v: %s", sql, value, value, stored))
		}
	}
	return found, nil
}

func plainTable(ctx context.Context, mode pgx.QueryExecMode, uri string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(uri)
	if err != nil {
		return nil, err
	}
	config.DefaultQueryExecMode = mode
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	table := "create temp table plain_types (k integer"
	for _, column := range plainColumns {
		table += ", " + column[0] + " " + column[1]
	}
	_, err = conn.Exec(ctx, table+")")
	return conn, err
}

// Runs all; false if one fails.
func plainTables(ours, theirs string) bool {
	ctx, stop := context.WithTimeout(context.Background(), 240*time.Second)
	defer stop()
	passed := true
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec} {
		var conns [2]*pgx.Conn
		for i, uri := range []string{ours, theirs} {
			conn, err := plainTable(ctx, mode, uri)
			if err != nil {
				fmt.Println("not ok connection:", err)
				return false
			}
			defer conn.Close(ctx)
			conns[i] = conn
		}
		for _, column := range plainColumns {
			got, err := plainAnswers(ctx, conns[0], column[0])
			wanted, theirErr := plainAnswers(ctx, conns[1], column[0])
			failure := joined(err, theirErr)
			for i := range wanted {
				if failure == nil && got[i] != wanted[i] {
					failure = fmt.Errorf("got %s, PostgreSQL: %s", got[i], wanted[i])
				}
			}
			if failure != nil {
				fmt.Printf("not ok %v %s: %v\n", mode, column[1], failure)
				passed = false
			} else {
				fmt.Printf("ok %v %s\n", mode, column[1])
			}
		}
	}
	return passed
}
