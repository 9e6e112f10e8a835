package db

import (
	"strconv"
	"strings"
)

// conditions are a WHERE that grows, with its arguments from $1 on.
type conditions struct {
	text []string
	args []any
}

// arg adds an argument and gives its placeholder.
func (c *conditions) arg(value any) string {
	c.args = append(c.args, value)
	return place(len(c.args))
}

// and adds a condition, in which each ? stands for the value.
func (c *conditions) and(text string, value any) {
	c.text = append(c.text, strings.ReplaceAll(text, "?", c.arg(value)))
}

// in adds that a column has one of the values; of none, that nothing fits.
func (c *conditions) in(column string, values []string) {
	c.text = append(c.text, column+" IN ("+places(len(c.args), len(values))+")")
	for _, v := range values {
		c.args = append(c.args, v)
	}
}

func (c *conditions) String() string {
	if len(c.text) == 0 {
		return "TRUE"
	}
	return strings.Join(c.text, " AND ")
}

// place is the placeholder of the n-th argument.
func place(n int) string { return "$" + strconv.Itoa(n) }

// places are the placeholders of n arguments after the first had ones; none stand for nothing.
func places(had, n int) string {
	if n == 0 {
		return "NULL"
	}
	list := make([]string, n)
	for i := range list {
		list[i] = place(had + i + 1)
	}
	return strings.Join(list, ", ")
}

// escapeLike keeps the characters that mean something to LIKE from doing so.
var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// folded is text in small letters, of every script. It is stored where a search looks, since
// SQLite's LOWER knows ASCII only, and PostgreSQL's what its locale knows.
func folded(text string) string { return strings.ToLower(text) }

// containing is the pattern of LIKE, with ESCAPE '\', for folded text that has this part.
func containing(part string) string { return "%" + escapeLike.Replace(folded(part)) + "%" }
