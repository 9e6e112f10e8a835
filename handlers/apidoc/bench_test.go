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
	"schemas that are all wrong": func(n int) string {
		return strings.Replace(headOfBench, "3.0.3", "3.1.0", 1) + "components:\n  schemas:\n" + lines(n, "    s%d: {type: text, required: a, minLength: x, properties: {a: {type: 7}}}\n")
	},
	"schemas named by $id and $anchor": func(n int) string {
		return strings.Replace(headOfBench, "3.0.3", "3.1.0", 1) + "components:\n  schemas:\n" +
			lines(n, "    s%d: {$id: 'https://x.example/%[1]d', $anchor: a, $dynamicAnchor: b, properties: {a: {$ref: '%[2]d#a'}, b: {$dynamicRef: '#b'}}}\n")
	},
	"paths that are one path item": func(n int) string {
		return headOfBench + "x-p: &p {$ref: '#/paths/~1p'}\npaths:\n  /p: {parameters: [" + lines(n/4, "{name: p%d, in: query, schema: {type: string}}, ") + "]}\n" + lines(n, "  /p%d: *p\n")
	},
	"merges of merges": func(n int) string {
		return headOfBench + "paths: {}\nx-m: &m {a: 1}\n" + lines(n, "x-%d: {<<: [*m, *m], b%[1]d: 1}\n")
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

// largeDocument is a document of so many bytes, as published ones are: a third of it texts.
func largeDocument(bytes int) string {
	var b strings.Builder
	b.WriteString(headOfBench + "paths:\n")
	for i := 0; b.Len() < bytes; i++ {
		fmt.Fprintf(&b, `  /things%d/{id}:
    get:
      operationId: get%[1]d
      summary: Returns a thing
      description: The identifier is that which the list returns. See the guide for how lists are paged, and for what each field means.
      parameters:
        - name: id
          in: path
          required: true
          schema: {type: string, description: "The thing's identifier"}
      responses:
        "200":
          description: A thing
          content:
            application/json:
              schema: {$ref: '#/paths/~1things%[2]d~1%%7Bid%%7D/get/parameters/0/schema'}
              example: {id: "1", name: A thing, tags: [a, b, c]}
`, i, i/2)
	}
	return b.String()
}

// BenchmarkReadLarge reads documents of 5 MB, which must take at most 2 seconds, and of nearly MaxBytes.
func BenchmarkReadLarge(b *testing.B) {
	for name, size := range map[string]int{"5 MB": 5_000_000, "16 MB": MaxBytes - 1000} {
		text := []byte(largeDocument(size))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d, err := Read(b.Context(), text, ""); err != nil || d.JSON == nil || len(d.Findings) > 0 {
					b.Fatal(err, d.Findings)
				}
			}
		})
	}
}
