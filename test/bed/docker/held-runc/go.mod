module dbpool.dev/held-runc

go 1.26.0
