// Load measures how fast a built Gatepost issues tokens: `make bench`.
//
// One run builds the program, starts it on a free loopback port with a fresh database, and
// prints, from the same minutes on the same machine: what one raw signature costs, tokens
// per second through each dialect at 1, 16 and 64 connections, how long a caller waits, and
// how much of the server's processor a token takes, as a multiple of the raw signature's.
// Then it sends floods over 400 connections, five times in turn with a quiet time, and prints how
// long good sign-ins and a good client of another process wait meanwhile, with the targets and
// whether each holds: wrong sign-ins from one IPv4 address and from one IPv6 /48, and client
// secrets that a stranger made up, which cost no argon2id.
//
// It checks that tokens are answered and asserts nothing about speed: machines differ, and
// a busy one differs from itself.
//
// GATEPOST_SIGNING_ALG chooses the algorithm. It needs Linux: processor time and memory of
// the server are read from /proc.
package main
