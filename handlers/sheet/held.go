package sheet

import (
	"bufio"
	"bytes"
	"compress/flate"
	"io"
)

// Held is a file that was read to its end, which shows its encoding, and is kept compressed.
type Held struct {
	Encoding Encoding
	packed   []byte
}

// Hold reads a file. It returns ErrWorkbook and ErrEncoding for what isn't CSV, and an error of r unchanged.
func Hold(r io.Reader) (*Held, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	start, err := in.Peek(sniffed)
	if err != nil && err != io.EOF {
		return nil, err
	}
	h := &Held{}
	sure := false
	if h.Encoding, sure, err = sniff(start); err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	packed.WriteByte(0) // for the encoding
	pack, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	check := &checker{}
	if _, err := in.WriteTo(io.MultiWriter(pack, check)); err != nil {
		return nil, err
	}
	if err := pack.Close(); err != nil {
		return nil, err
	}
	if !sure && !check.utf8() {
		h.Encoding = Windows1252
	}
	h.packed = packed.Bytes()
	h.packed[0] = byte(h.Encoding)
	return h, nil
}

// Bytes returns the file as Unpack takes it.
func (h *Held) Bytes() []byte { return h.packed }

// Unpack returns a file from its Bytes.
func Unpack(packed []byte) (*Held, error) {
	if len(packed) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return &Held{Encoding: Encoding(packed[0]), packed: packed}, nil
}

// text returns the file's text as UTF-8 with \n at the end of its lines.
func (h *Held) text() *bufio.Reader {
	raw := flate.NewReader(bytes.NewReader(h.packed[1:]))
	return bufio.NewReaderSize(&lineFeeds{r: h.Encoding.reader(raw)}, lookedAt)
}

// lineFeeds turns CR and CRLF into LF.
type lineFeeds struct {
	r  io.Reader
	cr bool // the last byte was CR
}

func (l *lineFeeds) Read(p []byte) (int, error) {
	for {
		n, err := l.r.Read(p)
		out := p[:0]
		for _, b := range p[:n] {
			after := l.cr
			if l.cr = b == '\r'; l.cr {
				b = '\n'
			} else if b == '\n' && after {
				continue
			}
			out = append(out, b)
		}
		if len(out) > 0 || err != nil || len(p) == 0 {
			return len(out), err
		}
	}
}
