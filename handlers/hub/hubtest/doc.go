// Package hubtest is what the tests of hub and its rooms share: a fixture with all rules on a database of
// its own, helpers that add people and apps, and assertions. Only tests import it.
package hubtest
