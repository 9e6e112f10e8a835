package db

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

// querier is what *sql.Tx and pool have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// scanner is one row, of *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// all reads every row of a query with scan.
func all[T any](ctx context.Context, r *Reader, what string, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, r.fail(what, err)
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, r.fail(what, err)
		}
		list = append(list, item)
	}
	return list, r.fail(what, rows.Err())
}

// one reads the only row of a query with scan, or returns ErrNotFound.
func one[T any](ctx context.Context, r *Reader, what string, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	item, err := scan(r.q.QueryRowContext(ctx, query, args...))
	return item, r.fail(what, err)
}

// value scans a row of one column.
func value[T any](s scanner) (v T, err error) {
	err = s.Scan(&v)
	return v, err
}

// storable returns text in a form that every engine returns as it was stored: PostgreSQL refuses
// NUL and bytes that aren't UTF-8, and with such a text everything else in the same transaction.
func storable(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", " "), "\uFFFD")
}

// unix returns t in whole seconds; the zero time is 0.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// at is the inverse of unix, in UTC.
func at(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// nanos returns t in unix nanoseconds; the zero time is 0.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// atNanos is the inverse of nanos, in UTC.
func atNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
