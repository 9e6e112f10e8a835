package apidoc

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const headOfBench = "openapi: 3.0.3\ninfo: {title: X, version: '1'}\nservers: [{url: https://a.example}]\n"

// attacks make documents with n of what made reading slow once.
var attacks = map[string]func(n int) string{
	"operations whose schemas form one circle": func(n int) string {
		return headOfBench + "paths:\n" + lines(n, "  /p%d: {get: {responses: {'200': {description: x, content: {a/b: {schema: {$ref: '#/components/schemas/s%[1]d'}}}}}}}\n") +
			"components:\n  schemas:\n" + lines(n, "    s%d: {properties: {a: {$ref: '#/components/schemas/s%[2]d'}}}\n")
	},
	"a chain of references": func(n int) string {
		return headOfBench + "paths: {}\ncomponents:\n  schemas:\n    end: {$ref: '#/components/schemas/s0'}\n" + lines(n-1, "    s%d: {$ref: '#/components/schemas/s%[2]d'}\n") +
			fmt.Sprintf("    s%d: {type: object}\n", n-1)
	},
	"a circle of references": func(n int) string {
		return headOfBench + "paths: {}\ncomponents:\n  schemas:\n" + lines(n, "    s%d: {$ref: '#/components/schemas/s%[2]d'}\n")
	},
	"references into one long path": func(n int) string {
		long := strings.Repeat("x", 100) + "/{a}"
		return headOfBench + "paths:\n" + lines(n, "  /"+long+"/%d: {$ref: '#/paths/~1"+strings.ReplaceAll(long, "/", "~1")+"~1%[2]d'}\n")
	},
	"deep nesting": func(n int) string {
		return headOfBench + "paths: {}\nx-deep:\n" + lines(n/20, "- "+strings.Repeat("[", 90)+"%d"+strings.Repeat("]", 90)+"\n")
	},
	"violations": func(n int) string {
		return headOfBench + "paths:\n" + lines(n, "  /p%d/{a}: {get: {responses: {'200': {}}}}\n")
	},
	"values of a server variable": func(n int) string {
		return strings.Replace(headOfBench, "{url: https://a.example}", "{url: 'https://{a}', variables: {a: {default: x, enum: ["+lines(n, "v%d, ")+"]}}}", 1) + "paths: {}\n"
	},
}

// lines repeats a format with the numbers from 0 to n-1, and with the one that follows, which is 0 after the last.
func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"%.0[3]s", i, (i+1)%n, "")
	}
	return b.String()
}

// BenchmarkRead reports how much longer a document takes that is four times as long: about 4 if reading takes time
// proportional to the length, and 16 if to its square.
func BenchmarkRead(b *testing.B) {
	for name, make := range attacks {
		b.Run(name, func(b *testing.B) {
			short, long := []byte(make(5_000)), []byte(make(20_000))
			var took [2]time.Duration
			for b.Loop() {
				for i, text := range [][]byte{short, long} {
					start := time.Now()
					if _, err := Read(b.Context(), text, ""); err != nil {
						b.Fatal(err)
					}
					took[i] += time.Since(start)
				}
			}
			b.ReportMetric(float64(took[1])/float64(took[0]), "4n/n")
			b.ReportMetric(float64(took[1].Milliseconds())/float64(b.N), "ms/4n")
		})
	}
}
