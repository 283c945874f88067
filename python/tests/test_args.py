"""getResolvedOptions: Glue's rules, and argparse's, whose work the fast path takes over."""
import random
import unittest

from awsglue import utils
from awsglue.utils import GlueArgumentError, getResolvedOptions

SCRIPT = "script.py"


class Options(unittest.TestCase):
    """getResolvedOptions."""

    def test_values(self):
        got = getResolvedOptions([SCRIPT, "--JOB_NAME", "j", "--n=1=2", "--other", "x", "--empty", "", "--n2", "b c"],
                                 ["JOB_NAME", "n", "empty", "n2"])
        self.assertEqual((got["JOB_NAME"], got["n"], got["empty"], got["n2"]), ("j", "1=2", "", "b c"))
        self.assertNotIn("other", got)
        self.assertEqual(got["job_bookmark_option"], "job-bookmark-disable")
        for key in ("JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION", "encryption_type", "enable_data_lineage",
                    "job_bookmark_from", "job_bookmark_to", "TempDir", "RedshiftTempDir"):
            self.assertIsNone(got[key], key)

    def test_glue_own(self):
        got = getResolvedOptions([SCRIPT, "--JOB_ID", "j_1", "--JOB_RUN_ID", "jr_1", "--TempDir", "s3://t",
                                  "--encryption-type", "sse-s3", "--job-bookmark-option", "job-bookmark-enable"],
                                 ["TempDir"])
        self.assertEqual((got["JOB_ID"], got["JOB_RUN_ID"], got["encryption_type"], got["job_bookmark_option"]),
                         ("j_1", "jr_1", "sse-s3", "job-bookmark-enable"))
        self.assertEqual((got["TempDir"], got["RedshiftTempDir"]), ("s3://t", "s3://t"))
        got = getResolvedOptions([SCRIPT, "--RedshiftTempDir", "s3://r"], [])
        self.assertEqual(got["TempDir"], "s3://r")

    def test_hyphens(self):
        self.assertEqual(getResolvedOptions([SCRIPT, "--my-arg", "1"], ["my-arg"])["my_arg"], "1")
        with self.assertRaises(GlueArgumentError):
            getResolvedOptions([SCRIPT, "--my-arg", "1"], ["my_arg"])

    def test_errors(self):
        for args, options, text in (
                ([], ["a", "b"], "the following arguments are required: --a, --b"),
                (["--a"], ["a"], "argument --a: expected one argument"),
                (["--a", "--b", "1"], ["a", "b"], "argument --a: expected one argument"),
                (["--ab", "1"], ["abc", "abd"], "ambiguous option: --ab could match --abc, --abd")):
            with self.subTest(args), self.assertRaises(GlueArgumentError) as caught:
                getResolvedOptions([SCRIPT] + args, options)
            self.assertEqual(str(caught.exception), text)
        for name in utils.RESERVED:
            with self.assertRaisesRegex(RuntimeError, "Using reserved arguments"):
                getResolvedOptions([SCRIPT], [name])

    def test_short_names(self):
        """argparse takes a name cut short where it is the only one; scripts have come to rely on it."""
        self.assertEqual(getResolvedOptions([SCRIPT, "--out", "x"], ["output_path"])["output_path"], "x")
        self.assertEqual(getResolvedOptions([SCRIPT, "--out=x"], ["output_path"])["output_path"], "x")

    def test_bookmarks(self):
        pause = ["--job-bookmark-option", "job-bookmark-pause"]
        begin, end = ["--job-bookmark-from", "jr_1"], ["--job-bookmark-to", "jr_2"]
        got = getResolvedOptions([SCRIPT] + pause + begin + end, [])
        self.assertEqual((got["job_bookmark_from"], got["job_bookmark_to"]), ("jr_1", "jr_2"))
        for args, text in ((pause + begin, "Missing option or value for --job-bookmark-to"),
                           (pause + end, "Missing option or value for --job-bookmark-from"),
                           (begin + end, "Invalid option(s)--job-bookmark-from --job-bookmark-to")):
            with self.subTest(args), self.assertRaises(RuntimeError) as caught:
                getResolvedOptions([SCRIPT] + args, [])
            self.assertEqual(str(caught.exception), text)
        got = getResolvedOptions([SCRIPT, "--continuation-option", "continuation-readonly"], [])
        self.assertEqual(got["job_bookmark_option"], "job-bookmark-pause")
        with self.assertRaisesRegex(GlueArgumentError, "invalid choice: 'x'"):
            getResolvedOptions([SCRIPT, "--job-bookmark-option", "x"], [])

    def test_fast_path_is_argparse(self):
        """For any arguments, the fast path finds what argparse finds, or hands over to it."""
        words = ["--a", "--ab", "--abc", "--b", "--x", "--abc=1", "--a=", "--=", "--ab=c d", "v", "", "-", "--", "-1",
                 "-v", "- v", "w x", "--n o", "--TempDir", "--Temp", "--job-bookmark-option", "--JOB"]
        rng, compared = random.Random(1), 0
        for _ in range(1500):
            args = [rng.choice(words) for _ in range(rng.randrange(6))]
            known = list(utils.RESERVED) + list(utils.TEMP_DIRS) + rng.sample(["a", "ab", "abc", "b", "h-i"], 3)
            try:
                want = utils._parse_with_argparse(args, known)
            except (GlueArgumentError, SystemExit) as err:
                want = repr(err)
            try:
                got = utils._parse(args, known, [])
            except (GlueArgumentError, SystemExit) as err:
                got = repr(err)
            self.assertEqual(got, want, (args, known))
            compared += isinstance(want, dict) and bool(want)
        self.assertGreater(compared, 150)
