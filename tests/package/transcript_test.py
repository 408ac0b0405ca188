# SPDX-License-Identifier: Apache-2.0
"""What a recorded document is compared by: it must notice what changed, and only that."""

import unittest

import transcript

_DOCUMENT = """\
# A title

Write this:

```textproto a.textproto
node {}
```

<!-- varies: web-\\d -->
```console
$ cat a.textproto
node {}
$ curl http://10.0.0.1 \\
    --silent
web-1 in 2.5 ms
```

An end.
"""

_ANSWERS = {
    "cat a.textproto": (0, "node {}\n"),
    "curl http://10.0.0.1 \\\n    --silent": (0, "web-1 in 2.5 ms\n"),
}


def record(document: str, **answers: tuple[int, str]) -> str:
    told = {**_ANSWERS, **answers}
    return transcript.record(document, lambda *_: None, told.__getitem__)


class TranscriptTest(unittest.TestCase):
    def test_what_prints_the_same_is_recorded_as_it_was(self):
        self.assertEqual(record(_DOCUMENT), _DOCUMENT)

    def test_old_output_is_replaced(self):
        self.assertEqual(record(_DOCUMENT.replace("web-1 in", "was\nlonger")), _DOCUMENT)

    def test_files_are_written_before_the_commands_that_read_them(self):
        done = []

        def run(command: str) -> tuple[int, str]:
            done.append(command)
            return _ANSWERS[command]

        transcript.record(_DOCUMENT, lambda *file: done.append(file), run)
        self.assertEqual(done, [("a.textproto", "node {}\n"), *_ANSWERS])

    def test_an_unexpected_exit_code_ends_it(self):
        failing = {"cat a.textproto": (1, "")}
        with self.assertRaisesRegex(AssertionError, "cat a.textproto"):
            record(_DOCUMENT, **failing)
        document = "<!-- fails -->\n```console\n$ cat a.textproto\n```\n"
        self.assertEqual(record(document, **failing), document)
        with self.assertRaisesRegex(AssertionError, "exit code 0"):
            record(document)

    def test_times_and_what_the_block_names_may_vary(self):
        other = _DOCUMENT.replace("web-1 in 2.5 ms", "web-2  in 310 us")
        self.assertEqual(transcript.differences(_DOCUMENT, other), [])

    def test_versions_may_vary_and_addresses_may_not(self):
        document = "```console\n$ a\n{} at 10.0.0.2\n```\n"
        old = document.format("nftsvc_0.1.0-1_amd64.deb")
        new = document.format("nftsvc_1.12.3-1_arm64.deb")
        self.assertEqual(transcript.differences(old, new), [])
        self.assertNotEqual(transcript.differences(old, old.replace("0.2", "0.3")), [])

    def test_all_else_may_not(self):
        for old, new in (
            ("web-1 in", "web-1 within"),
            ("web-1 in 2.5 ms", "web-1"),
            ("node {}\n$", "node {}\nnode {}\n$"),
            ("10.0.0.1", "10.0.0.2"),
        ):
            other = _DOCUMENT.replace(old, new)
            self.assertNotEqual(transcript.differences(_DOCUMENT, other), [], new)

    def test_a_pattern_is_for_its_block_alone(self):
        document = "<!-- varies: x -->\n```console\n$ a\nx\n```\n```console\n$ b\nx\n```\n"
        other = document.replace("$ b\nx", "$ b\ny")
        self.assertNotEqual(transcript.differences(document, other), [])


if __name__ == "__main__":
    unittest.main()
