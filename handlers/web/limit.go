package web

import (
	"net/http"
	"strconv"
	"time"

	"gatepost/handlers/hub/limit"
)

// setLimitHeaders writes what a limit said to the request: how much it allows, what is left, and in how
// many seconds it is back to that. A refusal also says when to try again (RFC 9110 section 10.2.3).
func setLimitHeaders(h http.Header, status int, v limit.Verdict) {
	h.Set("RateLimit-Limit", strconv.Itoa(v.Number))
	h.Set("RateLimit-Remaining", strconv.Itoa(v.Left))
	h.Set("RateLimit-Reset", strconv.Itoa(wholeSeconds(v.Reset)))
	if status == http.StatusTooManyRequests && h.Get("Retry-After") == "" {
		h.Set("Retry-After", strconv.Itoa(max(1, wholeSeconds(v.Wait))))
	}
}

// wholeSeconds returns a duration in seconds, rounded up, so that nobody comes too early.
func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
