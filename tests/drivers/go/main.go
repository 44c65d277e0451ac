// pgx against a running server: pgx_test URI EXPECTED.json; prints TAP lines. See plain_tables.go for another way to call it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

type row struct {
	ID     int64   `json:"id"`
	Value  float64 `json:"value"`
	Label  string  `json:"label"`
	Day    string  `json:"day"`
	Amount string  `json:"amount"`
}

type expectation struct {
	Count     int64   `json:"count"`
	SumID     int64   `json:"sum_id"`
	SumValue  float64 `json:"sum_value"`
	Labels    int64   `json:"labels"`
	SumAmount string  `json:"sum_amount"`
	Row       row     `json:"row_12345"`
}

var want expectation

func equal[T comparable](what string, got, expected T) error {
	if got != expected {
		return fmt.Errorf("%s: got %v, expected %v", what, got, expected)
	}
	return nil
}

// The first error of several.
func joined(failures ...error) error {
	for _, failure := range failures {
		if failure != nil {
			return failure
		}
	}
	return nil
}

// Reads all of readings in the connection's default format (binary) and compares sums.
func readAll(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, "SELECT id, value, label, day, moment, amount FROM readings")
	if err != nil {
		return err
	}
	defer rows.Close()
	var count, ids, labels int64
	var values float64
	cents := new(big.Int)
	for rows.Next() {
		var id int64
		var value *float64
		var label *string
		var day, at time.Time
		var amount pgtype.Numeric
		if err := rows.Scan(&id, &value, &label, &day, &at, &amount); err != nil {
			return err
		}
		count++
		ids += id
		if value != nil {
			values += *value
		}
		if label != nil {
			labels++
		}
		scaled := new(big.Int).Set(amount.Int)
		for exponent := amount.Exp; exponent > -2; exponent-- {
			scaled.Mul(scaled, big.NewInt(10))
		}
		cents.Add(cents, scaled)
		if id == want.Row.ID {
			if err := joined(equal("label", *label, want.Row.Label), equal("value", *value, want.Row.Value),
				equal("day", day.Format("2006-01-02"), want.Row.Day)); err != nil {
				return err
			}
		}
	}
	if rows.Err() != nil {
		return rows.Err()
	}
	expected, _ := new(big.Float).SetPrec(200).SetString(want.SumAmount)
	hundredfold, _ := expected.Mul(expected, big.NewFloat(100)).Add(expected, big.NewFloat(0.5)).Int(nil)
	return joined(equal("count", count, want.Count), equal("ids", ids, want.SumID), equal("labels", labels, want.Labels),
		equal("values", values, want.SumValue), equal("cents", cents.String(), hundredfold.String()))
}

func withMode(mode pgx.QueryExecMode) func(context.Context, string) error {
	return func(ctx context.Context, uri string) error {
		config, err := pgx.ParseConfig(uri)
		if err != nil {
			return err
		}
		config.DefaultQueryExecMode = mode
		conn, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		if err := readAll(ctx, conn); err != nil {
			return err
		}
		var sum int
		var text string
		if err := conn.QueryRow(ctx, "SELECT $1::INTEGER + 1, $2::VARCHAR || '!'", 41, "hi").Scan(&sum, &text); err != nil {
			return err
		}
		return joined(equal("sum", sum, 42), equal("text", text, "hi!"))
	}
}

func connected(work func(context.Context, *pgx.Conn) error) func(context.Context, string) error {
	return func(ctx context.Context, uri string) error {
		conn, err := pgx.Connect(ctx, uri)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		return work(ctx, conn)
	}
}

func copyIn(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, "CREATE TEMP TABLE copied (a BIGINT, b VARCHAR, c TIMESTAMP, d DOUBLE)"); err != nil {
		return err
	}
	moment := time.Date(2020, 2, 29, 1, 2, 3, 456789000, time.UTC)
	source := pgx.CopyFromSlice(5000, func(i int) ([]any, error) {
		if i%10 == 0 {
			return []any{int64(i), nil, moment, 0.5}, nil
		}
		return []any{int64(i), fmt.Sprintf("row %d", i), moment, float64(i)}, nil
	})
	copied, err := conn.CopyFrom(ctx, pgx.Identifier{"copied"}, []string{"a", "b", "c", "d"}, source)
	if err != nil {
		return err
	}
	var count, labels int64
	var latest time.Time
	if err := conn.QueryRow(ctx, "SELECT count(*), count(b), max(c) FROM copied").Scan(&count, &labels, &latest); err != nil {
		return err
	}
	return joined(equal("copied", copied, 5000), equal("count", count, 5000), equal("labels", labels, 4500),
		equal("moment", latest.UTC(), moment))
}

func batch(ctx context.Context, conn *pgx.Conn) error {
	queue := &pgx.Batch{}
	for i := 0; i < 20; i++ {
		queue.Queue("SELECT $1::BIGINT * 2", int64(i))
	}
	results := conn.SendBatch(ctx, queue)
	defer results.Close()
	for i := 0; i < 20; i++ {
		var doubled int64
		if err := results.QueryRow().Scan(&doubled); err != nil {
			return err
		}
		if err := equal("doubled", doubled, int64(2*i)); err != nil {
			return err
		}
	}
	return nil
}

func transaction(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, "CREATE TEMP TABLE t (a INTEGER PRIMARY KEY)"); err != nil {
		return err
	}
	failure := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO t VALUES (1)"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO t VALUES (1)")
		return err
	})
	var pgError *pgconn.PgError
	if !errors.As(failure, &pgError) || pgError.Code != "23505" {
		return fmt.Errorf("expected 23505, got %v", failure)
	}
	tag, err := conn.Exec(ctx, "INSERT INTO t SELECT * FROM range(10)")
	if err != nil {
		return err
	}
	return joined(equal("tag", tag.String(), "INSERT 0 10"), equal("rows", tag.RowsAffected(), 10))
}

func cancel(ctx context.Context, conn *pgx.Conn) error {
	short, stop := context.WithTimeout(ctx, 300*time.Millisecond)
	defer stop()
	_, err := conn.Exec(short, "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 3")
	if err == nil {
		return errors.New("a cancelled query succeeded")
	}
	return nil
}

func pool(ctx context.Context, uri string) error {
	shared, err := pgxpool.New(ctx, uri)
	if err != nil {
		return err
	}
	defer shared.Close()
	done := make(chan error, 16)
	for i := 0; i < 16; i++ {
		go func(i int) {
			var got int
			err := shared.QueryRow(ctx, "SELECT $1::INTEGER", i).Scan(&got)
			done <- joined(err, equal("echo", got, i))
		}(i)
	}
	var all error
	for n := 0; n < 16; n++ {
		all = joined(all, <-done)
	}
	return all
}

func main() {
	if os.Args[1] == "plain tables" {
		if !plainTables(os.Args[2], os.Args[3]) {
			os.Exit(1)
		}
		return
	}
	uri := os.Args[1]
	text, err := os.ReadFile(os.Args[2])
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		fmt.Println("not ok expectations:", err)
		os.Exit(1)
	}
	checks := []struct {
		name string
		run  func(context.Context, string) error
	}{
		{"cached statements, binary", withMode(pgx.QueryExecModeCacheStatement)},
		{"cached descriptions", withMode(pgx.QueryExecModeCacheDescribe)},
		{"describe and execute", withMode(pgx.QueryExecModeDescribeExec)},
		{"execute without describe", withMode(pgx.QueryExecModeExec)},
		{"simple protocol", withMode(pgx.QueryExecModeSimpleProtocol)},
		{"COPY in, binary", connected(copyIn)},
		{"batch in one pipeline", connected(batch)},
		{"transaction and unique violation", connected(transaction)},
		{"context timeout cancels", connected(cancel)},
		{"pool", pool},
	}
	failed := false
	for _, check := range checks {
		ctx, stop := context.WithTimeout(context.Background(), 60*time.Second)
		if err := check.run(ctx, uri); err != nil {
			fmt.Printf("not ok %s: %v\n", check.name, err)
			failed = true
		} else {
			fmt.Println("ok", check.name)
		}
		stop()
	}
	if failed {
		os.Exit(1)
	}
}
