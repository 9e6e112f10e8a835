// Package limit owns every limit of the portal: how many calls, tries, emails, codes and tokens a
// place, a person, a team or an app can cause in a time.
//
// There is one table (table.go). Rules name a row of it and what is counted; no number is
// anywhere else, and a test checks both that each row is used and that there is no other. The page
// /docs/limits is written from the same table.
//
// Three kinds: windows are counted in the database, for all processes together, in one statement;
// token buckets are in the memory of one process, for what happens too often to be written down;
// tries are those of package hub, where each further failure costs a wait.
//
// Decision: a window starts with the first one counted in it, and a refused one isn't counted, since
// it rolls back. So whoever keeps trying isn't kept out for longer.
//
// Whatever is counted is noted in the request's context (Note), from which package web writes the
// headers RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset and Retry-After.
package limit
