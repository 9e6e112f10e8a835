// Package db is the portal's memory: the nouns that last, and all SQL.
//
// One text of SQL serves both engines, SQLite (modernc.org/sqlite, the default) and
// PostgreSQL (pgx): placeholders are $N, times are BIGINT unix seconds (0 means never),
// ids are TEXT, and upserts use ON CONFLICT. What differs (the schema's column types, the
// connection settings, the drivers' error codes) is in sqlite.go, postgres.go and
// migrations/. The SQL is written by hand rather than generated, because one text for two
// engines stays readable and tests/contract runs every query on both.
//
// Reads are methods of Reader, which DB and Tx both embed. Writes are methods of Tx alone,
// so that nothing can be written outside a transaction, and a query inside a transaction
// runs on that transaction's own connection (a query on the pool would wait for ever on a
// pool of one). The exceptions are DB.RecordToken, which shares one commit among concurrent
// callers (see committer.go), and what is noted in memory and written behind the request:
// DB.NoteUse and DB.NoteFailure (see usage_queue.go and auth_failure_queue.go).
//
// Atomicity promises:
//   - links (invitations, resets, the first owner's link) are consumed by one conditional
//     UPDATE, so two activations at once have one winner;
//   - a token is recorded only while its secret is live: the INSERT carries the condition;
//   - a form's idempotency key is inserted in the transaction that does the form's work.
//
// Decisions:
//   - What is used once is used up by one conditional UPDATE .. RETURNING, never by a read and
//     a later write: two requests at the same moment have one winner without a lock.
//   - SQLite runs in WAL mode with synchronous=FULL, so a commit is on the disk before it is
//     answered; with one writer and several readers, since SQLite has one write lock anyway;
//     and with immediate transactions, which can't fail half-way for want of that lock.
//   - On PostgreSQL a serialization failure (40001) is retried by Tx, so a transaction's
//     function may run more than once and does nothing but work on the transaction.
//   - modernc.org/sqlite needs no C compiler, so the program stays one static binary.
package db
