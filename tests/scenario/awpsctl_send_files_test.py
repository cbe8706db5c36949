"""awpsctl send with the files that stops leave, against a daemon that only talks."""

import threading
import unittest

from control_tool import DATA, NO, NO_INPUT, NOT_NOW, OK, Fake

DELIVERED = {"status": "delivered", "httpStatus": 202, "attempts": 1}
DEAD = {"status": "dead_lettered", "error": {"code": "refused", "message": "HTTP 400"}}
FULL = {"status": "rejected", "error": {"code": "queue_full", "message": "full"}}


def action(data):
    return f'{{"actionName":"sendToAll","data":"{data}"}}\n'


class SendFiles(Fake):
    def left(self, *texts):
        """Files as stops leave them; one each second."""
        files = []
        for number, text in enumerate(texts):
            files.append(self.folder / f"undelivered-20260102T03040{number}Z.ndjson")
            files[-1].write_text(text)
        return files

    def sent(self):
        return [action["data"] for action in self.daemon.actions]

    def test_several_files_one_after_the_other(self):
        files = self.left(action("a") + action("b"), action("c"))
        ended = self.run_tool("send", *map(str, files))
        self.expect(ended, OK, f"{files[0]}: 2 actions: 2 delivered\n",
                    f"{files[1]}: 1 action: 1 delivered\n",
                    "in total 2 files, 3 actions: 3 delivered\n",
                    f"{files[0]}: sent; remove it", f"rm {files[0]}`")
        self.assertEqual(self.sent(), ["a", "b", "c"])
        self.assertEqual(len(self.daemon.hellos), 2)
        self.assertTrue(all(file.exists() for file in files))

    def test_a_folder_is_sent_and_emptied(self):
        self.left(action("a"), action("b"), action("c"))
        (self.folder / "other.ndjson").write_text(action("z"))
        ended = self.run_tool("send", "--remove", str(self.folder))
        self.expect(ended, OK, "in total 3 files, 3 actions: 3 delivered")
        self.assertNotIn("remove it", ended.err)
        self.assertEqual(self.sent(), ["a", "b", "c"])
        self.assertEqual([path.name for path in self.folder.glob("*.ndjson")], ["other.ndjson"])
        self.expect(self.run_tool("send", "--remove", str(self.folder)), OK, "in total 0 files")

    def test_one_file_is_said_as_ever_and_can_be_removed(self):
        file, = self.left(action("a"))
        ended = self.run_tool("send", str(file))
        self.assertEqual(ended.out, "1 action: 1 delivered\n")
        self.assertIn(f"rm {file}`", ended.err)
        self.assertTrue(file.exists())
        ended = self.run_tool("send", "--remove", str(file))
        self.assertEqual((ended.out, ended.err), ("1 action: 1 delivered\n", ""))
        self.assertFalse(file.exists())

    def test_a_file_of_which_something_is_not_delivered_stays_and_the_next_follow(self):
        files = self.left(action("a") + action("bad"), action("c"))
        self.daemon.fate = lambda action, seq: DEAD if action["data"] == "bad" else DELIVERED
        ended = self.run_tool("send", "--remove", *map(str, files))
        self.expect(ended, NO, f"{files[0]}: line 2: dead_lettered", f"{files[0]}: stays",
                    "in total 2 files, 3 actions: 2 delivered, 1 dead lettered")
        self.assertEqual([file.exists() for file in files], [True, False])

    def test_what_is_to_be_sent_again_is_not_overtaken(self):
        files = self.left(action("a") + action("b"), action("c"), action("d"))
        for fate in (FULL, "close"):
            with self.subTest(fate):
                self.daemon.actions.clear()
                self.daemon.fate = lambda action, seq, fate=fate: (
                    fate if action["data"] == "b" else DELIVERED)
                ended = self.run_tool("send", "--remove", str(self.folder))
                self.expect(ended, NOT_NOW, f"not sent, so that it does not overtake what came "
                                            f"before: {files[1]} {files[2]}")
                self.assertEqual(self.sent(), ["a", "b"])
                self.assertTrue(all(file.exists() for file in files))

    def test_the_time_limit_is_for_all_files(self):
        files = self.left(action("a"), action("b"))
        self.daemon.hold_end = threading.Event()
        self.addCleanup(self.daemon.hold_end.set)
        self.daemon.fate = lambda action, seq: None
        ended = self.run_tool("send", *map(str, files), "--timeout", "300ms")
        self.expect(ended, NOT_NOW, f"{files[0]}: --timeout is over", f"before: {files[1]}")
        self.assertEqual(self.sent(), ["a"])

    def test_json_of_several_files_is_one_array(self):
        files = self.left(action("a") + action("b"), action("c"))
        found = self.run_tool("send", "--json", "--remove", str(self.folder)).json
        self.assertEqual([(each["file"], each["actions"], each["delivered"], each["removed"])
                          for each in found],
                         [(str(files[0]), 2, 2, True), (str(files[1]), 1, 1, True)])

    def test_json_of_one_file_has_its_own_shape(self):
        file, = self.left(action("a"))
        found = self.run_tool("send", "--json", str(file)).json
        self.assertEqual(found["delivered"], 1)
        self.assertNotIn("file", found)
        self.assertTrue(self.run_tool("send", "--json", "--remove", str(file)).json["removed"])

    def test_a_file_that_grows_stays(self):
        file, = self.left(action("a"))

        def fate(_action, _seq):
            with file.open("a") as more:
                more.write(action("b"))
            return DELIVERED

        self.daemon.fate = fate
        self.expect(self.run_tool("send", "--remove", str(file)), NOT_NOW, "stays",
                    "written to while it was sent")
        self.assertTrue(file.exists())

    def test_no_file_is_sent_if_one_cannot_be_read(self):
        files = self.left(action("a"))
        self.expect(self.run_tool("send", str(files[0]), "/nonexistent"), NO_INPUT, "/nonexistent")
        pattern = str(self.folder / "nothing" / "undelivered-*.ndjson")
        self.expect(self.run_tool("send", pattern), NO_INPUT, "name the folder",
                    f"awpsctl send {self.folder}/nothing`")
        self.assertEqual(self.daemon.actions, [])

    def test_a_failure_in_the_middle_names_what_is_left(self):
        files = self.left(action("a"), '{"hello":{"hb":"x"}}\n' + action("b"), action("c"))
        ended = self.run_tool("send", *map(str, files))
        self.expect(ended, DATA, f"{files[1]}: line 1:", "hb", f"before: {files[1]} {files[2]}",
                    "in total 1 file, 1 action: 1 delivered")
        self.assertEqual(self.sent(), ["a"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
