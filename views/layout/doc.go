// Package layout holds what surrounds every page: the document, the top bar with team switcher and the person's
// menu, the navigation, flash notices, and the region in which results are announced. It has four forms: Shell (signed
// in, and the docs for anyone), Wide (Shell without a limit on the width: playground, reference), Plain (one card on a
// still page: sign in, activate, reset, errors), and Still (Plain with room for a secret: reveal).
//
// Menus are popovers and forms, so they work without script.
package layout
