// Package layout holds what surrounds every page: the document, the top bar with team switcher and the person's
// menu, the navigation, flash notices, and the region in which results are announced. Three forms: Shell (signed in, and
// the docs for anyone), Wide (the same without a limit on the width: playground, reference), and Plain (one card on a
// still page: sign in, activate, reset, reveal, errors).
//
// Menus are popovers and forms, so they work without script.
package layout
