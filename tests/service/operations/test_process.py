"""The service as a process: how it ends, how it begins again, what it tells."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import sqlalchemy as sa
from post_double import Reply, taking
from programs import until
from service_post import SECRET
from service_process import Running, configured, environment, running

from labelwright.service.store.database import Database, open_database
from labelwright.service.store.tables import VERSION, builds, deliveries, events, meta, nodes, sends
from labelwright.service.work.reasons import apart

UNBOUND = "rate = 1000000"  # a quick machine sends more a second than one address may


def stored(database: Database) -> list[tuple[str, int]]:
    with database.reading() as connection:
        return [tuple(r) for r in connection.execute(sa.select(deliveries.c.key, deliveries.c.copies))]


def flood(service: Running, stop: threading.Event, accepted: list[int], answers: list[int]) -> None:
    """Deliver until told to stop or refused; every number that was answered 200."""
    number, secret = 0, service.secret()
    with httpx.Client(timeout=60) as client:
        while not stop.is_set():
            number += 1
            body = {
                "action": "ANNOTATION_CREATED", "project": {"id": 1}, "task": {"id": number},
                "annotation": {"id": number, "task": number, "result": []},
            }  # fmt: skip
            try:
                answer = client.post(
                    service.url + "/webhooks/label-studio/emails",
                    json=body, headers={"X-Labelwright-Secret": secret},
                )  # fmt: skip
            except httpx.HTTPError:
                return
            answers.append(answer.status_code)
            if answer.status_code == 200:
                accepted.append(number)


def test_asked_to_end_it_keeps_what_it_has_taken_and_ends_with_0(tmp_path: Path) -> None:
    with running(configured(tmp_path, f"drain = 60.0\n{UNBOUND}")) as service:
        assert service.until_up().secret()
        stop, accepted, answers = threading.Event(), list[int](), list[int]()
        threads = [threading.Thread(target=flood, args=(service, stop, accepted, answers)) for _ in range(2)]
        for thread in threads:
            thread.start()
        until(lambda: len(accepted) > 50, "many are accepted")
        began = time.monotonic()
        assert service.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 10
        stop.set()
        for thread in threads:
            thread.join()
        said = service.said
    assert set(answers) <= {200, 503}
    database = open_database("", tmp_path / "labelwright-data")
    assert len(stored(database)) == len(set(accepted)), "each that was answered 200 is there"
    with database.reading() as connection:
        assert connection.execute(sa.select(nodes.c.id)).first() is None
    database.close()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert [line["message"] for line in lines][-1] == "ended"
    assert not [line for line in lines if line["level"] == "error"], said
    assert service.secret() not in said and "a-token-of-nobody" not in said


def test_a_client_that_never_ends_its_request_does_not_hold_the_end_up(tmp_path: Path) -> None:
    """Its body would be waited for 20 s."""
    with running(configured(tmp_path, "drain = 2.0")) as service:
        service.until_up()
        host, port = service.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 60) as slow:
            slow.sendall(
                b"POST /webhooks/label-studio/emails HTTP/1.1\r\nHost: x\r\n"
                b"Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"
            )
            assert slow.recv(1000).startswith(b"HTTP/1.1 100 "), "the body is waited for"
            began = time.monotonic()
            slow.sendall(b"ab")
            assert service.end(signal.SIGTERM) == 0
            assert time.monotonic() - began < 7


def test_asked_to_end_while_it_comes_up_it_ends_with_0(tmp_path: Path) -> None:
    with running(configured(tmp_path)) as service:
        until((tmp_path / "labelwright-data" / "work.sqlite").exists, "the engine's file is there")
        assert service.end(signal.SIGTERM) == 0
        assert '"message": "ended"' in service.said


def test_killed_it_begins_again_cleanly(tmp_path: Path) -> None:
    config = configured(tmp_path, UNBOUND)
    half = tmp_path / "labelwright-data" / "projects" / "emails" / "versions" / ".new-left"
    with running(config) as service:
        assert service.until_up().secret()
        stop, accepted, answers = threading.Event(), list[int](), list[int]()
        thread = threading.Thread(target=flood, args=(service, stop, accepted, answers))
        thread.start()
        until(lambda: len(accepted) > 50, "many are accepted")
        assert service.end(signal.SIGKILL) == -signal.SIGKILL
        stop.set()
        thread.join()
    half.mkdir(parents=True)
    database = open_database("", tmp_path / "labelwright-data")
    before = len(stored(database))
    assert before >= len(accepted), "each that was answered 200 is there"
    with running(config) as service:
        service.until_up()
        assert not half.exists()
        page = httpx.get(service.url + "/metrics", timeout=60).text
        assert "labelwright_nodes 1.0" in page or "labelwright_nodes 2.0" in page
        assert service.deliver(999_999) == 200
        assert service.end() == 0
    assert len(stored(database)) == before + 1
    database.close()


def test_a_taken_port_and_a_newer_database_are_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = configured(tmp_path)
        port = taken.getsockname()[1]
        config.write_text(config.read_text().replace("port = 0", f"port = {port}"))
        with running(config) as service:
            assert service.process.wait(90) == 2
            assert f"labelwright: cannot listen at 127.0.0.1 port {port}: " in service.said
            assert "Traceback" not in service.said
    config = configured(tmp_path / "newer")
    with running(config) as service:
        service.until_up()
        service.end()
    database = open_database("", tmp_path / "newer" / "labelwright-data")
    with database.writing() as connection:
        connection.execute(meta.update().where(meta.c.key == "schema").values(value=str(VERSION + 1)))
    database.close()
    with running(config) as service:
        assert service.process.wait(90) == 2
        assert "newer labelwright" in service.said and "Traceback" not in service.said


def test_it_is_backed_up_at_work_and_what_is_restored_comes_up_and_reconciles(tmp_path: Path) -> None:
    config, target = configured(tmp_path / "one"), tmp_path / "b.tar"

    def run(*arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "labelwright", *arguments],
            env=environment(),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    with running(config) as service:
        service.until_up()
        secret = service.secret()
        assert [service.deliver(number) for number in range(5)] == [200] * 5
        run("backup", str(target), "--config", str(config))
        assert service.deliver(6) == 200
        assert service.end() == 0
    other = configured(tmp_path / "two")
    run("restore", str(target), "--config", str(other))
    database = open_database("", tmp_path / "two" / "labelwright-data")
    with database.writing() as connection:  # so that nothing else asks for a rebuild
        connection.execute(deliveries.update().values(state="done"))
    with running(other) as service:
        service.until_up()
        assert service.secret() == secret

        def reasons() -> set[str]:
            with database.reading() as connection:
                recorded = connection.execute(sa.select(builds.c.reason)).scalars()
                return {one for several in recorded for one in apart(several)}

        until(lambda: reasons() & {"reconcile", "start"}, "it is compared with the tool")
        assert service.deliver(7) == 200
        assert len(stored(database)) == 6
        assert service.end() == 0
    database.close()


def test_events_are_sent_and_a_target_that_hangs_does_not_hold_the_end_up(
    tmp_path: Path,
) -> None:
    """One that hangs would be given up after 20 s."""
    with taking() as well, taking() as hangs:
        hangs.replies = [Reply(dribble=0.5)]
        more = "".join(
            f'\n[notify.{name}]\nurl = "{there.url}"\nsecret_file = "sign"\nallow_private = true\n'
            for name, there in (("well", well), ("hangs", hangs))
        )
        config = configured(tmp_path, "drain = 2.0", more)
        (tmp_path / "sign").write_text(SECRET)
        with running(config) as service:
            service.until_up()
            database = open_database("", tmp_path / "labelwright-data")
            with database.writing() as connection:
                connection.execute(
                    events.insert().values(
                        id="evt_1", key="k", project="emails", type="dataset.published", at=1.0, data="{}"
                    )
                )
                for name in ("well", "hangs"):
                    connection.execute(
                        sends.insert().values(
                            event="evt_1", target=name, state="waiting", attempts=0, next_at=0.0,
                            held_until=0.0, status=0, error="", sent_at=None,
                        )
                    )  # fmt: skip

            def states() -> dict[str, str]:
                with database.reading() as connection:
                    return dict(connection.execute(sa.select(sends.c.target, sends.c.state)).all())

            until(lambda: hangs.taken, "the one that hangs is asked")
            until(lambda: states()["well"] == "sent", "the other has it")
            began = time.monotonic()
            assert service.end() == 0
            assert time.monotonic() - began < 7
            assert states() == {"well": "sent", "hangs": "waiting"}
            database.close()
            assert well.taken
            assert SECRET not in service.said and well.url not in service.said
