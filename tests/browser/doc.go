// Package browser walks through the portal in Chromium, as a person does: it finds things by
// their role and name, clicks with the mouse, and counts the steps. Every tab it opens is
// watched for console errors, violations of the content security policy, requests to other
// origins and credentials that are left in the browser. axe-core looks at every page in both
// themes and at both widths. With SHOTS=1 in the environment it leaves screenshots of every
// page in the folder shots. It has only tests.
//
// Decision: chromedp drives the system's Chromium inside go test, so a test starts servers and
// looks into their database like any other. Without a browser the tests fail; none is skipped.
// axe-core and oidc-client-ts come from npm, and package-lock.json pins them.
package browser
