//go:build cheaphash

package secret

// The cost of one hash where tests sign hundreds of people in. Nothing but the tests is built
// with this tag; those of the real cost run without it.
const (
	argonMemory     = 128 // KiB
	argonIterations = 1
)
