# SPDX-License-Identifier: Apache-2.0
"""Statements of requests that wait for a connection run in batches: reads of one kind as one statement, writes in one
transaction with one commit. No client notices the batch, even if it fails."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
import requests
from lib.client import Raw, wait_for_lock, wait_until
from lib.outage import ONE_CHILD, Victim, terminate, wait_until_served
from lib.server import Server
from dev.httpd import free_port
from lib.sources import number_in_the_code
from test_outage import Relayed
from test_status import STATUS, numbers

pytestmark = pytest.mark.threads

# One connection, so that all requests wait for it. The times are long: waits end by an action of the test.
ONE_CONNECTION = ONE_CHILD + STATUS + """
DBDMin 1
DBDKeep 1
DBDMax 1
GraphProfileTimeout 20s
GraphProfileQueueTimeout 20s
"""
ROLE = "ALTER ROLE graphprofile SET lock_timeout = '20s'; ALTER ROLE graphprofile SET statement_timeout = '20s'"


def of_one_connection(state, module, sanitizers, extra=""):
    server = Relayed(state, module, sanitizers, ONE_CONNECTION + extra)
    server.postgres.psql(ROLE)
    return server


@pytest.fixture(scope="module")
def shared(state, module, sanitizers, sanitizer_reports):
    with of_one_connection(state / "pipeline", module, sanitizers) as server:
        yield server


def hurry(server):
    """The full number of statements runs together only after the module has measured that one does not take long."""
    user = Victim(server)
    for _ in range(50):
        id = user.create()["id"]
        user.read(id)
        assert user.get("/me/profile/positions?$top=1").status == 200


@pytest.fixture
def piped(shared):
    wait_until_served(Victim(shared))
    hurry(shared)
    shared.log.mark()
    yield shared
    shared.log.check()


@contextmanager
def connection_in_use(server):
    """The only connection waits for a lock, in a statement that always runs alone. Returns the function that ends
    the wait."""
    user = Victim(server)
    id = user.create()["id"]
    with closing(server.connect()) as connection, connection.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        connection.autocommit = False
        cursor.execute("SELECT 1 FROM graphprofile.position WHERE id = %s FOR UPDATE", (id,))
        deleted = pool.submit(user.delete, id)
        wait_for_lock(server)
        yield connection.rollback
        connection.rollback()
        assert deleted.result().status == 204


def wait_for_waiting(server, count):
    wait_until(lambda: numbers(server)["ConnectionsWaiting"] == count)


def together(server, calls, before_they_run=lambda: None):
    """Makes requests wait for the connection at the same time. Returns their answers, and the number of batches and
    of statements in them."""
    with connection_in_use(server) as release, ThreadPoolExecutor(len(calls)) as pool:
        before = numbers(server)
        answers = []
        for number, call in enumerate(calls, 1):  # in this order
            answers.append(pool.submit(call))
            wait_for_waiting(server, number)
        before_they_run()
        release()
        answers = [answer.result() for answer in answers]
    after = numbers(server)
    return answers, tuple(after[name] - before[name] for name in ("Batches", "BatchedStatements"))


def victims(server, count):
    return [Victim(server) for _ in range(count)]


def posts(users):
    """Each stores a position named with the number of the user."""
    return [lambda user=user, number=number: user.post({"detail": {"jobTitle": f"Job {number}"}})
            for number, user in enumerate(users)]


def transactions(server, answers):
    """The transactions that wrote the rows of the answers."""
    ids = ", ".join(f"'{answer.json['id']}'" for answer in answers)
    return server.postgres.psql(f"SELECT xmin FROM graphprofile.position WHERE id IN ({ids})").split()


@contextmanager
def trigger(server, when, body, kind="TRIGGER"):
    """A trigger of the administrator on new rows."""
    server.postgres.psql(f"""
        CREATE FUNCTION harm() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$;
        CREATE {kind} harm {when} FOR EACH ROW EXECUTE FUNCTION harm()""")
    try:
        yield
    finally:
        server.postgres.psql("DROP TRIGGER harm ON graphprofile.position; DROP FUNCTION harm")


BEFORE = "BEFORE INSERT ON graphprofile.position"
AT_COMMIT = "AFTER INSERT ON graphprofile.position DEFERRABLE INITIALLY DEFERRED"


def test_waiting_creates_share_a_transaction(piped):
    answers, counted = together(piped, posts(victims(piped, 8)))
    assert [answer.status for answer in answers] == [201] * 8
    assert [answer.json["detail"]["jobTitle"] for answer in answers] == [f"Job {number}" for number in range(8)]
    made = transactions(piped, answers)
    assert len(made) == 8 and len(set(made)) == 1
    assert counted == (1, 8)


def test_each_reads_its_own(piped):
    users = victims(piped, 6)
    made = [user.create({"detail": {"jobTitle": user.id}}) for user in users]
    for calls in ([lambda user=user, id=entity["id"]: user.get(f"/me/profile/positions/{id}")
                   for user, entity in zip(users, made)],
                  [user.get for user in users]):
        answers, counted = together(piped, calls)
        assert [answer.status for answer in answers] == [200] * 6
        for answer, entity in zip(answers, made):
            value = answer.json["value"] if "value" in answer.json else [answer.json]
            assert [{**each, "@odata.context": ""} for each in value] == [{**entity, "@odata.context": ""}]
        assert counted == (1, 6)


def test_missing_positions(piped):
    """Zero rows are a normal result."""
    user = Victim(piped)
    id = user.create()["id"]
    calls = [lambda path=path: user.get(path) for path in (
        f"/me/profile/positions/{id}", f"/me/profile/positions/{id[:-4]}0000",
        f"/me/profile/positions/{id}")]
    answers, counted = together(piped, calls)
    assert [answer.status for answer in answers] == [200, 404, 200]


def test_what_runs_together(piped):
    """All creates; all reads of a position, of which PATCH makes one; all lists."""
    user = Victim(piped)
    one, two, three = (user.create()["id"] for _ in range(3))
    read = f"/me/profile/positions/{one}"
    answers, counted = together(piped, [
        *posts(victims(piped, 2)), lambda: user.get(read), *posts(victims(piped, 2)), user.get, lambda: user.get(read), user.get,
        lambda: user.patch(two, {"isCurrent": True}), lambda: user.delete(three),
        lambda: user.get("/me/profile/positions/$count")])
    assert [answer.status for answer in answers[:9]] == [201, 201, 200, 201, 201, 200, 200, 200, 200]
    assert answers[9].status == 204 and answers[10].status == 200
    assert len(set(transactions(piped, [answers[0], answers[1], answers[3], answers[4]]))) == 1
    assert counted == (3, 4 + 3 + 2)


def test_few_lists_run_together(piped):
    """Each may read many rows, and all of them wait for each other. So they are not sent with reads by key."""
    most = number_in_the_code("GP_SCANS_MAX")
    user = Victim(piped)
    user.create()
    answers, counted = together(piped, [user.get] * (most + 2))
    assert [len(answer.json["value"]) for answer in answers] == [1] * (most + 2)
    assert counted == (2, most + 2)


@contextmanager
def counted_inserts(server, each="STATEMENT"):
    """Counts the statements that insert, or the rows, also of transactions that fail. Returns the function that says how many
    there were since it was called. (One is that of the position which keeps the connection in use.)"""
    server.postgres.psql(f"""
        CREATE SEQUENCE inserts; GRANT ALL ON inserts TO graphprofile;
        CREATE FUNCTION count_statement() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM nextval('public.inserts'); RETURN NULL; END $$;
        CREATE TRIGGER counting AFTER INSERT ON graphprofile.position FOR EACH {each} EXECUTE FUNCTION count_statement()""")
    try:
        yield lambda: int(server.postgres.psql("SELECT nextval('inserts') - 1; ALTER SEQUENCE inserts RESTART").split()[0])
    finally:
        server.postgres.psql("DROP TRIGGER counting ON graphprofile.position; DROP FUNCTION count_statement;"
                             " DROP SEQUENCE inserts")


def test_creates_of_several_owners_are_one_statement(piped):
    with counted_inserts(piped) as inserts:
        answers, counted = together(piped, posts(victims(piped, 8)))
        assert [answer.status for answer in answers] == [201] * 8
        assert counted == (1, 8) and inserts() == 1 + 1
        user = Victim(piped)
        answers, counted = together(piped, posts([user, Victim(piped), user]))
        assert counted == (1, 3) and inserts() == 1 + 2  # the second one of an owner is a statement of its own


def test_large_positions_are_not_merged(piped):
    """The parameters of a merged statement have a limit. What is beyond it is in the same transaction."""
    large = "x" * 50000
    assert 2 * len(large) < number_in_the_code("GP_MERGE_BYTES_MAX") < 3 * len(large)
    with counted_inserts(piped) as inserts:
        answers, counted = together(piped, [lambda user=user: user.post({"detail": {"description": large}})
                                            for user in victims(piped, 4)])
        assert [answer.status for answer in answers] == [201] * 4
        assert all(answer.json["detail"]["description"] == large for answer in answers)
        assert counted == (1, 4) and inserts() == 1 + 2
    assert len(set(transactions(piped, answers))) == 1


def test_a_batch_keeps_to_the_limit_of_positions(state, module, sanitizers):
    """Statements of one owner see the rows of each other."""
    with of_one_connection(state / "most", module, sanitizers, "GraphProfileMaxPositions 3\n") as server:
        wait_until_served(Victim(server))
        for _ in range(50):
            Victim(server).create()  # as hurry() does
        user = Victim(server)
        answers, counted = together(server, posts([user] * 6))
        assert sorted(answer.status for answer in answers) == [201] * 3 + [403] * 3
        assert len(user.rows()) == 3
        server.log.check()


def test_changes_share_a_transaction(piped):
    """Of several owners. The first ones that find the connection free may run alone."""
    users = victims(piped, 8)
    made = [user.create()["id"] for user in users]

    def changed(round):
        """How many transactions changed the eight positions."""
        answers, counted = together(piped, [
            lambda user=user, id=id, number=number: user.patch(id, {"detail": {"jobTitle": f"Job {round} {number}"}})
            for number, (user, id) in enumerate(zip(users, made))])
        assert [answer.status for answer in answers] == [200] * 8
        assert [user.read(id)["detail"]["jobTitle"] for user, id in zip(users, made)] \
            == [f"Job {round} {number}" for number in range(8)]
        return len(set(transactions(piped, answers)))

    assert any(changed(round) < 6 for round in range(10))


def test_changes_of_the_version_before_are_left_out(piped):
    """All have read the same version of a position. One changes it; the others run as one statement, and must read again."""
    user = Victim(piped)
    others = [Victim(piped, id=user.id) for _ in range(6)]
    names = ("jobTitle", "role", "summary", "description", "startMonthYear", "endMonthYear")
    for round in range(1, 6):
        id = user.create()["id"]
        wanted = {name: f"200{round}-01-01" for name in names}
        answers, _ = together(piped, [
            lambda other=other, name=name: other.patch(id, {"detail": {name: wanted[name]}})
            for other, name in zip(others, names)])
        assert [answer.status for answer in answers] == [200] * 6
        detail = user.read(id)["detail"]
        assert {name: detail[name] for name in names} == wanted


def test_changes_and_creates_share_no_transaction(piped):
    """A create waits for its commit, and the row of a change would be locked meanwhile."""
    changers, creators = victims(piped, 6), victims(piped, 6)
    made = {user: [user.create()["id"] for _ in range(10)] for user in changers}
    with ThreadPoolExecutor(12) as pool:
        changed = pool.map(lambda user: [user.patch(id, {"isCurrent": True}) for id in made[user]], changers)
        created = pool.map(lambda user: [user.post({}) for _ in range(10)], creators)
        changed, created = sum(changed, []), sum(created, [])
    assert {answer.status for answer in changed} == {200} and {answer.status for answer in created} == {201}
    changes, creates = set(transactions(piped, changed)), set(transactions(piped, created))
    assert len(changes) < 60 and len(creates) < 60 and not changes & creates


def test_a_change_that_waits_for_a_lock_delays_no_other(state, module, sanitizers):
    """In a batch it is left out, and then runs alone."""
    with Server(state / "locked", module, sanitizers, ONE_CHILD + STATUS + "DBDMax 3\nDBDKeep 3\nDBDMin 3\n"
                + "GraphProfileTimeout 20s\nGraphProfileQueueTimeout 20s\n") as server:
        wait_until_served(Victim(server))
        server.postgres.psql(ROLE)
        terminate(server)
        users = victims(server, 12)
        made = [user.create()["id"] for user in users]
        before = numbers(server)["BatchedStatements"]
        with closing(server.connect()) as connection, connection.cursor() as cursor, ThreadPoolExecutor(12) as pool:
            connection.autocommit = False
            for number in range(30):
                if number >= 5 and numbers(server)["BatchedStatements"] > before + 10:
                    break  # enough ran together, which takes longer on a busy machine
                cursor.execute("SELECT 1 FROM graphprofile.position WHERE id = %s FOR UPDATE", (made[7],))
                changed = [pool.submit(user.patch, id, {"isCurrent": True}) for user, id in zip(users, made)]
                locked = changed.pop(7)
                assert [answer.result().status for answer in changed] == [200] * 11
                time.sleep(0.1)
                assert not locked.done()
                connection.rollback()
                assert locked.result().status == 200
        assert numbers(server)["BatchedStatements"] > before + 10
        server.log.check()


def test_a_batch_is_bounded(state, module, sanitizers):
    """All of it waits for each."""
    most = number_in_the_code("GP_BATCH_MAX")
    with of_one_connection(state / "bounded", module, sanitizers, f"""
            ThreadsPerChild {most + 8}
            MaxRequestWorkers {most + 8}
            """) as server:
        wait_until_served(Victim(server))
        hurry(server)
        for count in (most, most + 1):
            answers, counted = together(server, posts(victims(server, count)))
            assert [answer.status for answer in answers] == [201] * count
            assert counted == (1, most)  # one too many runs alone
        server.log.check()


def test_an_id_of_the_clients_choice_is_stored_alone(piped):
    """Another transaction may be storing it, and its whole batch would have to wait for that."""
    user = Victim(piped)
    mine = "27a809a9-09a9-17a8-a909-a817a909a817"
    answers, counted = together(piped, [*posts(victims(piped, 2)), *[lambda: user.post({"id": mine})] * 3])
    assert sorted(answer.status for answer in answers[2:]) == [201, 409, 409]
    made = [answer for answer in answers if answer.status == 201]
    assert user.rows() == [(mine,)] and len(set(transactions(piped, made))) == 2
    assert counted >= (1, 2)  # the losers may check the winner's row together


FAILURES = [("23514", 400), ("22P02", 400), ("23505", 409), ("53100", 507), ("XX000", 500), ("42501", 503),
            ("08006", 503), ("55P03", 503), ("57014", 504)]


@pytest.mark.parametrize("sqlstate, status, when, kind", [
    *[pytest.param(*failure, BEFORE, "TRIGGER", id=f"{failure[0]} at once") for failure in FAILURES],
    *[pytest.param(*failure, AT_COMMIT, "CONSTRAINT TRIGGER", id=f"{failure[0]} at the commit")
      for failure in FAILURES if failure[0] != "08006"]])
def test_one_that_fails_harms_no_other(piped, sqlstate, status, when, kind):
    """The batch is rolled back, and each statement runs alone."""
    piped.log.allow("SQLSTATE|500 InternalServerError|the database is what GraphProfile needs now")
    harm = f"IF NEW.document LIKE '%Job 3\"%' THEN RAISE EXCEPTION 'harm' USING ERRCODE = '{sqlstate}'; END IF;"
    users = victims(piped, 6)
    before = numbers(piped)["BatchesUndone"]
    with trigger(piped, when, harm, kind):
        answers, counted = together(piped, posts(users))
    assert [answer.status for answer in answers] == [201, 201, 201, status, 201, 201]
    assert [len(user.rows()) for user in users] == [1, 1, 1, 0, 1, 1]
    assert len(set(transactions(piped, answers[:3] + answers[4:]))) >= 4  # one batch, and each of its statements
    assert numbers(piped)["BatchesUndone"] > before


def test_a_node_is_lost_in_the_commit_of_a_batch(piped):
    """Citus reports it thus. The others may have been committed, so none runs again."""
    harm = "IF NEW.document LIKE '%Job 3\"%' THEN RAISE EXCEPTION 'harm' USING ERRCODE = '08006'; END IF;"
    users = victims(piped, 6)
    with trigger(piped, AT_COMMIT, harm, "CONSTRAINT TRIGGER"), counted_inserts(piped, "ROW") as inserts:
        answers, _ = together(piped, posts(users))
        assert inserts() == 1 + 6
    statuses = [answer.status for answer in answers]  # on a busy machine, they may be in several batches
    assert set(statuses) <= {201, 503} and statuses[3] == 503
    assert [len(user.rows()) for user in users] == [status == 201 for status in statuses]


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "57P01"])
def test_transient_failures_are_retried(piped, sqlstate):
    harm = f"IF nextval('public.harms') = 3 THEN RAISE EXCEPTION 'harm' USING ERRCODE = '{sqlstate}'; END IF;"
    piped.postgres.psql("CREATE SEQUENCE harms; GRANT ALL ON harms TO graphprofile")
    try:
        with trigger(piped, BEFORE, harm):
            answers, counted = together(piped, posts(victims(piped, 6)))
    finally:
        piped.postgres.psql("DROP SEQUENCE harms")
    assert [answer.status for answer in answers] == [201] * 6 and counted[0] <= 1
    assert len(transactions(piped, answers)) == 6


@contextmanager
def one_held_up(server):
    """A statement that stores "Job 3" waits. Returns the function that ends the wait."""
    harm = "IF NEW.document LIKE '%Job 3\"%' THEN PERFORM pg_advisory_xact_lock(1); END IF;"
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(1)")
        with trigger(server, BEFORE, harm):
            yield lambda: cursor.execute("SELECT pg_advisory_unlock(1)")


def held_up(server):
    """The process of the backend that waits."""
    return server.postgres.psql("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


def test_no_answer_is_sent_before_the_commit(piped):
    """The answers come after the commit, not after the statement itself."""
    users = victims(piped, 4)
    with one_held_up(piped) as let_go, ThreadPoolExecutor(1) as pool:
        made = pool.submit(together, piped, posts(users))
        wait_until(lambda: held_up(piped))
        time.sleep(0.1)
        assert numbers(piped)["ConnectionsWaiting"] == 0  # they are in the batch
        assert [user.rows() for user in users] == [[]] * 4
        let_go()
        answers, counted = made.result()
    assert [answer.status for answer in answers] == [201] * 4 and counted == (1, 4)


def test_prepared_by_another(piped):
    """Another client of the pooler may have prepared a statement with this label: the module reconnects and prepares it."""
    user = Victim(piped)
    for count in (1, 4):  # by itself, and merged
        terminate(piped)
        wait_until_served(user)
        piped.proxy.arm("prepared", "gp_list_3")
        for _ in range(2):
            answers, _ = together(piped, [user.get] * count)
            assert [answer.status for answer in answers] == [200] * count
            assert piped.proxy.hit.is_set()


def test_ended_in_the_middle_of_a_batch(piped):
    with one_held_up(piped) as let_go, ThreadPoolExecutor(1) as pool:
        made = pool.submit(together, piped, posts(victims(piped, 6)))
        wait_until(lambda: held_up(piped))
        first = held_up(piped)
        terminate(piped)
        wait_until(lambda: held_up(piped) not in ("", first))
        let_go()
        answers, _ = made.result()
    assert [answer.status for answer in answers] == [201] * 6
    assert len(transactions(piped, answers)) == 6


def test_broken_in_the_commit_of_a_batch(piped):
    """The outcome is unknown, and no statement runs again."""
    users = victims(piped, 6)
    answers, _ = together(piped, posts(users), lambda: piped.proxy.arm("cut commit"))
    assert piped.proxy.hit.is_set()
    statuses = [answer.status for answer in answers]  # on a busy machine, they may be in several batches
    assert set(statuses) <= {201, 503} and statuses.count(503) > 1
    assert [len(user.rows()) for user in users] == [status == 201 for status in statuses]


@pytest.mark.parametrize("fault", ["cut before", "cut after", "forget"])
def test_broken_in_the_middle_of_a_batch(piped, fault):
    """Whether or not the batch was committed: each position exists once, and is acknowledged."""
    answers, _ = together(piped, posts(victims(piped, 6)), lambda: piped.proxy.arm(fault))
    assert piped.proxy.hit.is_set()
    assert [answer.status for answer in answers] == [201] * 6
    assert len(transactions(piped, answers)) == 6
    assert [answer.json["detail"]["jobTitle"] for answer in answers] == [f"Job {number}" for number in range(6)]


def test_a_server_that_hangs_in_a_batch(state, module, sanitizers):
    with of_one_connection(state / "hanging", module, sanitizers, "GraphProfileTimeout 1500ms\n") as server:
        wait_until_served(Victim(server))
        answers, _ = together(server, posts(victims(server, 5)), lambda: server.proxy.arm("hang"))
        assert [answer.status for answer in answers] == [504] * 5  # it may have been committed
        server.proxy.release.set()
        wait_until_served(Victim(server))
        user = Victim(server)
        read = f"/me/profile/positions/{user.create()['id']}"
        answers, _ = together(server, [lambda: user.get(read)] * 5, lambda: server.proxy.arm("hang", "gp_read"))
        assert [answer.status for answer in answers] == [200] * 5  # each alone
        server.proxy.release.set()
        server.log.check()


NEIGHBOUR = """
LoadModule lua_module "${GP_MODULES}/mod_lua.so"
<Location "/neighbour">
    Require all granted
    LuaMapHandler "^/neighbour$" "${GP_PUBLIC}/neighbour.lua"
</Location>
"""
SCRIPT = """
function handle(r)
    local database, problem = r:dbacquire("mod_dbd")
    if not database then r:puts(problem) return apache2.OK end
    local affected, trouble = database:query(r, "DELETE FROM graphprofile.position WHERE false")
    r:puts(affected and "fit" or trouble)
    database:close()
    return apache2.OK
end
"""


def test_a_late_connection_is_fit_for_other_modules(state, module, sanitizers):
    """mod_dbd gives it to any module. libpq would refuse what is not for its pipeline."""
    server = of_one_connection(state / "late-neighbour", module, sanitizers, "GraphProfileTimeout 1500ms\n" + NEIGHBOUR)
    (server.httpd.public / "neighbour.lua").write_text(SCRIPT)
    with server:
        wait_until_served(Victim(server))
        answers, _ = together(server, posts(victims(server, 5)), lambda: server.proxy.arm("hang"))
        assert [answer.status for answer in answers] == [504] * 5
        server.proxy.release.set()
        wait_until(lambda: numbers(server)["ConnectionsAbandoned"] == 0)
        assert requests.get(f"{server.url}/neighbour", timeout=60).text == "fit"
        wait_until_served(Victim(server))
        server.log.check()


@pytest.mark.measures_time
def test_a_read_that_is_late_in_a_batch_keeps_to_its_time(state, module, sanitizers):
    """The attempts in the batch and alone share the time of one statement."""
    with of_one_connection(state / "late", module, sanitizers, "GraphProfileTimeout 2s\n") as server, \
            closing(server.connect()) as connection, connection.cursor() as cursor, \
            ThreadPoolExecutor(1) as pool:
        wait_until_served(Victim(server))
        hurry(server)
        user = Victim(server)
        read = f"/me/profile/positions/{user.create()['id']}"
        connection.autocommit = False
        begun = []

        def lock():
            cursor.execute("LOCK graphprofile.relationship IN ACCESS EXCLUSIVE MODE")
            begun.append(time.monotonic())

        def lock_next():
            """As soon as the preceding statement has ended."""
            pool.submit(lock)
            wait_until(lambda: server.postgres.psql("SELECT count(*) FROM pg_stat_activity WHERE"
                                                    " wait_event_type = 'Lock' AND usename = 'postgres'") == "1")

        def timed():
            status = user.get(read).status
            return status, time.monotonic() - begun[0]

        answers, counted = together(server, [timed] * 2, lock_next)
        assert counted[0] == 0, "it was late"
        assert [status for status, _ in answers] == [504] * 2
        first, second = sorted(seconds for _, seconds in answers)
        assert 1.9 < first < 2.9 and second < 4.2  # the second had to wait for the connection
        connection.rollback()
        server.log.check()


def test_disconnected_clients_are_left_out_of_a_batch(piped):
    """Also if the client would have led the batch."""
    gone = Victim(piped)
    with connection_in_use(piped) as release, ThreadPoolExecutor(4) as pool:
        made, raws = [], []
        for number in range(6):
            if number % 2 == 0:
                raws.append(Raw(piped).start_post(gone, "Content-Length: 2").send(b"{}"))
            else:
                made.append(pool.submit(Victim(piped).post, {}))
            wait_for_waiting(piped, number + 1)
        for raw in raws:
            raw.__exit__()
        time.sleep(0.05)
        release()
        assert [answer.result().status for answer in made] == [201] * 3
    wait_until(lambda: len(piped.log.find("the client has gone while its request waited")) == 3)
    assert gone.rows() == []


def test_no_batches_with_pipeline_off(state, module, sanitizers):
    with of_one_connection(state / "not-piped", module, sanitizers, "GraphProfilePipeline Off\n") as server:
        wait_until_served(Victim(server))
        answers, counted = together(server, posts(victims(server, 6)))
        assert [answer.status for answer in answers] == [201] * 6 and counted == (0, 0)
        assert len(set(transactions(server, answers))) == 6
        server.log.check()


@pytest.mark.parametrize("directives", ["", "GraphProfileTimeout 15s"])
def test_each_host_has_batches_of_its_own(state, module, sanitizers, directives):
    """Hosts share the connection, but not a transaction."""
    port = free_port()
    with of_one_connection(state / f"piped-hosts-{len(directives)}", module, sanitizers, f"""
        Listen 127.0.0.1:{port}
        <VirtualHost 127.0.0.1:{port}>
            {directives}
        </VirtualHost>
    """) as server:
        users = victims(server, 6)
        for user in users[3:]:
            user.server = type("Other", (), {"url": f"http://127.0.0.1:{port}"})()
        for user in (users[0], users[3]):
            wait_until_served(user)
        answers, counted = together(server, posts(users))
        assert [answer.status for answer in answers] == [201] * 6 and counted == (2, 6)
        server.log.check()


def test_a_batch_that_takes_long_does_not_hold_up_the_rest(state, module, sanitizers):
    """Two connections run batches, unless their statements take long. The first two posts are not in batches."""
    with Server(state / "long", module, sanitizers, ONE_CHILD + "DBDMax 6\nDBDKeep 6\nDBDMin 6\n") as server:
        wait_until_served(Victim(server))
        server.postgres.psql("ALTER ROLE graphprofile SET lock_timeout = '20s';"
                             "ALTER ROLE graphprofile SET statement_timeout = '20s'")
        terminate(server)
        with closing(server.connect()) as connection, connection.cursor() as cursor, ThreadPoolExecutor(4) as pool:
            cursor.execute("SELECT pg_advisory_lock(1)")
            harm = "IF NEW.document LIKE '%Slow%' THEN PERFORM pg_advisory_xact_lock(1); END IF;"
            with trigger(server, BEFORE, harm):
                slow = []
                for number in range(1, 5):
                    slow.append(pool.submit(Victim(server).post, {"detail": {"jobTitle": "Slow"}}))
                    wait_until(lambda number=number: server.postgres.psql(
                        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == str(number))
                user = Victim(server)
                for _ in range(5):
                    user.read(user.create()["id"])
                assert not any(answer.done() for answer in slow)
                cursor.execute("SELECT pg_advisory_unlock(1)")
                assert [answer.result().status for answer in slow] == [201] * 4
        server.log.check()


def test_reads_find_a_connection_beside_changes_that_wait(state, module, sanitizers):
    """The pool holds more connections than reads usually use."""
    with Server(state / "beside", module, sanitizers, ONE_CHILD + "DBDMax 8\nDBDKeep 8\nDBDMin 8\n"
                + "GraphProfileTimeout 20s\n") as server:
        wait_until_served(Victim(server))
        server.postgres.psql(ROLE)
        terminate(server)
        users = victims(server, 6)
        made = [user.create()["id"] for user in users]
        with closing(server.connect()) as connection, connection.cursor() as cursor, ThreadPoolExecutor(14) as pool:
            connection.autocommit = False
            cursor.execute("SELECT 1 FROM graphprofile.position FOR UPDATE")
            changed = [pool.submit(user.patch, id, {"isCurrent": True}) for user, id in zip(users, made)]
            wait_for_lock(server, 6)
            time.sleep(1.5)  # the connections that are idle by now go back to the pool
            read = [pool.submit(user.get) for user in (users + users)[:8]]
            assert [answer.result().status for answer in read] == [200] * 8
            assert not any(answer.done() for answer in changed)
            connection.rollback()
            assert [answer.result().status for answer in changed] == [200] * 6
        server.log.check()
