"""What python-oracledb does with the stand-in, by name. Reads a JSON object a line, answers with one a line."""

import asyncio
import datetime
import json
import ssl
import sys
import time

import oracledb


def login(dsn, user="app", password="right", ca=None, **more):
    if ca is not None:
        more["ssl_context"] = ssl.create_default_context(cadata=ca)
        more["ssl_server_dn_match"] = False
        more["ssl_context"].check_hostname = False
    return oracledb.connect(user=user, password=password, dsn=dsn, **more)


def session(**to):
    with login(**to) as connection:
        connection.ping()
        [user] = connection.cursor().execute("SELECT USER FROM DUAL").fetchone()
        connection.commit()
        return {
            "thin": connection.thin,
            "version": connection.version,
            "service": connection.service_name,
            "instance": connection.instance_name,
            "user": user,
            "warning": connection.warning and str(connection.warning),
        }


def rows(count, size, **to):
    with login(**to) as connection:
        cursor = connection.cursor()
        cursor.arraysize = size
        found = cursor.execute("SELECT level FROM dual CONNECT BY level <= :1", [count]).fetchall()
        return {"count": len(found), "sum": sum(row[0] for row in found)}


def binds(**to):
    values = [1.5, -7, "grün", None, b"\x00\xff", datetime.datetime(2024, 2, 29, 12, 30, 15), "x" * 20000]
    # On a cursor of its own each: the driver keeps a variable that was a text for the bytes that follow.
    with login(**to) as connection:
        ask = lambda value: connection.cursor().execute("SELECT :value FROM dual", value=value).fetchone()[0]
        back = [ask(value) for value in values]
        return {"differ": [index for index, value in enumerate(values) if back[index] != value]}


def batch(**to):
    with login(**to) as connection:
        cursor = connection.cursor()
        cursor.executemany("INSERT INTO orders VALUES (:1, :2)", [(1, "a"), (2, None), (3, "c" * 9000)])
        return cursor.rowcount


def statement(sql, **to):
    with login(**to) as connection:
        return connection.cursor().execute(sql).fetchall()


def error_then_more(sql, **to):
    with login(**to) as connection:
        cursor = connection.cursor()
        try:
            cursor.execute(sql)
        except oracledb.Error as error:
            return [str(error), cursor.execute("SELECT 1 FROM dual").fetchone()[0]]


def call_timeout(milliseconds, **to):
    with login(**to) as connection:
        connection.call_timeout = milliseconds
        try:
            connection.cursor().execute("BEGIN DBMS_SESSION.SLEEP(30); END;")
        except oracledb.Error as error:
            connection.call_timeout = 0
            return [str(error), connection.cursor().execute("SELECT 2 FROM dual").fetchone()[0]]


def pool(size, **to):
    opened = oracledb.create_pool(
        user="app",
        password="right",
        min=0,
        max=size,
        increment=1,
        getmode=oracledb.POOL_GETMODE_TIMEDWAIT,
        wait_timeout=100,
        ping_interval=0,
        **to,
    )
    held = [opened.acquire() for _ in range(size)]
    start = time.monotonic()
    try:
        opened.acquire()
    except oracledb.Error as error:
        refused = str(error)
    waited = time.monotonic() - start
    for connection in held:
        connection.close()
    with opened.acquire() as connection:
        connection.ping()
    opened.close(force=True)
    return {"refused": refused, "waitedMs": waited * 1000}


def asynchronous(count, **to):
    async def one(index):
        async with oracledb.connect_async(user="app", password="right", **to) as connection:
            found = await connection.fetchone("SELECT :1 FROM dual", [index])
            return found[0]

    async def many():
        return await asyncio.gather(*(one(index) for index in range(count)))

    return asyncio.run(many())


SCENARIOS = [session, rows, binds, batch, statement, error_then_more, call_timeout, pool, asynchronous]
BY_NAME = {scenario.__name__: scenario for scenario in SCENARIOS}

for line in sys.stdin:
    asked = json.loads(line)
    try:
        told = {"result": BY_NAME[asked["scenario"]](**asked["parameters"])}
    except Exception as error:
        told = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(told), flush=True)
