// Command kstatus says what the library kstatus makes of objects. It reads one object a line, as JSON, and answers each with its
// status, or with "error: " and the library's error.
package main

import (
	"bufio"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

const maxLine = 1 << 20

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, maxLine), maxLine)
	for lines.Scan() {
		fmt.Println(statusOf(lines.Bytes()))
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "reading objects:", err)
		os.Exit(1)
	}
}

func statusOf(text []byte) string {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(text); err != nil {
		return "error: " + err.Error()
	}
	result, err := status.Compute(object)
	if err != nil {
		return "error: " + err.Error()
	}
	return result.Status.String()
}
