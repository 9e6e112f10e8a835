// Package db is the portal's memory: the nouns that last, and all SQL.
//
// # One text for two engines
//
// SQL is written by hand, and one text serves both SQLite (modernc.org/sqlite, the default) and
// PostgreSQL (pgx through database/sql): placeholders are $N, upserts use ON CONFLICT, changed
// rows come back by RETURNING, flags are BOOLEAN, times are BIGINT unix seconds (0 means never)
// and ids are TEXT. Two texts would drift apart. An ORM or a query builder would hide the
// conditions that the promises below consist of. What does differ (column types, connection
// settings, locking clauses and the drivers' error codes) is in sqlite.go, postgres.go and
// migrations/. One suite, tests/contract, proves every promise on both engines.
//
// # SQLite
//
// One connection writes and several read, which WAL lets run at the same time. With
// synchronous=FULL a commit survives a power cut once the caller has heard of it.
// _txlock=immediate takes the write lock when a transaction begins, so that writing
// transactions take turns and none fails half-way. The busy timeout covers other processes,
// such as a backup.
//
// # PostgreSQL
//
// DB.Tx runs a transaction again if it failed with 40001 (serialization) or 40P01 (deadlock),
// so its function must have no effect outside of it. That is also what a distributed database
// that speaks PostgreSQL's protocol asks for. A process opens no more connections than the
// server allows its role, down to one: a query inside a transaction always runs on that
// transaction's own connection.
//
// # Reads, writes and locks
//
// Reads are methods of Reader, which DB and Tx both embed. Writes are methods of Tx only, so
// that nothing can be written outside of a transaction. The exceptions are DB.RecordToken,
// which shares one commit among concurrent callers (see committer.go), and what is queued in
// memory and written behind the request: DB.NoteUse and DB.NoteFailure (see usage_queue.go and
// auth_failure_queue.go).
//
// A transaction that reads a row and then changes it on that basis first locks it with the
// noun's Lock method (LockApp, LockTeam, LockPerson and so on), so that such transactions take
// turns. Where it locks more than one, the order is owners, person, teams by id, app; the head
// of the audit log always comes last, right before the commit.
//
// # Single use
//
// Whatever works once (codes, refresh tokens, links, challenges, recovery codes, consent
// requests) is consumed by one conditional UPDATE .. RETURNING, never by reading first and
// writing then: one of several concurrent callers gets the row, the others get ErrNotFound.
//
// Two more promises work the same way:
//   - a token is recorded only while its secret is live: the INSERT carries the condition, and
//     shares the secret's row with a revocation that may be under way;
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
