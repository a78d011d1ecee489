// What go-ora does with the stand-in, by name. Reads a JSON object a line, answers with one a line.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"time"

	_ "github.com/sijms/go-ora/v2"
)

type parameters struct {
	URL   string `json:"url"`
	Count int    `json:"count"`
	SQL   string `json:"sql"`
}

type scenario func(context.Context, *sql.DB, parameters) (any, error)

var scenarios = map[string]scenario{
	"session": func(ctx context.Context, db *sql.DB, _ parameters) (any, error) {
		if err := db.PingContext(ctx); err != nil {
			return nil, err
		}
		var user string
		err := db.QueryRowContext(ctx, "SELECT USER FROM DUAL").Scan(&user)
		return user, err
	},
	"rows": func(ctx context.Context, db *sql.DB, given parameters) (any, error) {
		rows, err := db.QueryContext(ctx, "SELECT level FROM dual CONNECT BY level <= :1", given.Count)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		count, sum := 0, 0
		for rows.Next() {
			var value int
			if err := rows.Scan(&value); err != nil {
				return nil, err
			}
			count, sum = count+1, sum+value
		}
		return map[string]int{"count": count, "sum": sum}, rows.Err()
	},
	"binds": func(ctx context.Context, db *sql.DB, _ parameters) (any, error) {
		var text string
		var number float64
		row := db.QueryRowContext(ctx, "SELECT :1, :2 FROM DUAL", "grün", -12.25)
		err := row.Scan(&text, &number)
		return []any{text, number}, err
	},
	"errorThenMore": func(ctx context.Context, db *sql.DB, given parameters) (any, error) {
		_, failed := db.ExecContext(ctx, given.SQL)
		var one int
		err := db.QueryRowContext(ctx, "SELECT 1 FROM DUAL").Scan(&one)
		return []any{fmt.Sprint(failed), one}, err
	},
	"pool": func(ctx context.Context, db *sql.DB, given parameters) (any, error) {
		db.SetMaxOpenConns(given.Count)
		held := make([]*sql.Conn, 0, given.Count)
		for range given.Count {
			connection, err := db.Conn(ctx)
			if err != nil {
				return nil, err
			}
			held = append(held, connection)
		}
		open := db.Stats().OpenConnections
		for _, connection := range held {
			if err := connection.Close(); err != nil {
				return nil, err
			}
		}
		return open, nil
	},
}

func run(name string, given parameters) (any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	db, err := sql.Open("oracle", given.URL)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return scenarios[name](ctx, db, given)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var asked struct {
			Scenario   string     `json:"scenario"`
			Parameters parameters `json:"parameters"`
		}
		told := map[string]any{}
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			told["error"] = err.Error()
		} else if result, err := run(asked.Scenario, asked.Parameters); err != nil {
			told["error"] = err.Error()
		} else {
			told["result"] = result
		}
		answer, _ := json.Marshal(told)
		fmt.Println(string(answer))
	}
}
