//go:build !cheaphash

package secret

// The cost of one hash: OWASP's parameters for argon2id.
const (
	argonMemory     = 19 * 1024 // KiB
	argonIterations = 2
)
