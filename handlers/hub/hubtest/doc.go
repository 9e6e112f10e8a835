// Package hubtest is what the tests of hub and its rooms share: all rules on a database of their
// own, people and apps in one call, and assertions. Only tests import it.
package hubtest
