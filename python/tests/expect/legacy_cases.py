"""spark.sql.legacy.timeParserPolicy: times as Spark 2 read and wrote them, or null where only Spark 2 read them."""
import contextlib

from pyspark.sql import functions as F

KEY = "spark.sql.legacy.timeParserPolicy"

# Texts by the pattern to read them by under the policy LEGACY; each gives a time or null.
READ = {
    "yyyy-MM-dd": [" 2020-02-03", "2020- 2- 3", "2020-2E0-3", "1500-02-29", "２０２０-02-03", "2020-02-03 12:05 am", "2019-12-30",
        "2020-02-03 34", "1-1-1", "2020-02-03 00:00:00+5", "2020-02-03 04:60:06", "1582-10-04", "\t2020-02-03", "2020-02-30",
        "Tue, 3 Feb 2020", "Sept 5, 2021", "200203", "2020 02-03", "2020 02"],
    "yyyy-M-d": [" 2020-02-03", "2020- 2- 3", "2020-2E0-3", "1500-02-29", "1582-10-04", "2020-02-03 24:05:06",
        "2020-02-03T04:05:06.123Z", "2020-02-03 04:05:06.123456", "2020-02-03 6", "2020-02-03 13 1 PM 1 13", "2020-02-03 04:05 PM",
        "2020-02-03 2", "1E3-02-03", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "Mon Feb 03 04:05:06 GMT 2020", "2020 02",
        "2020-01-00"],
    "yyyyMMdd": ["2020 34 2 3", "1 2020-02-03", "2 2020-02-03", "20200203", "2020 35 2 3", "2020-02-30", "Tue, 3 Feb 2020",
        "Sept 5, 2021", "mon 3 FEB 2020", "2020-02-03 04:05:06.123456", "13:05 PM"],
    "yyMMdd": ["2 2020-02-03", "1 2020-02-03", "200203", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "0:05", "2020-02-03",
        "2020-2-3"],
    "dd/MM/yyyy": ["3/2/20", "03/02/2020", "3/2/99", "02/03/2020 04:05", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "BC",
        "2020-02-03 1", "20"],
    "d/M/yy": ["3/2/20", "03/02/2020", "3/2/99", "02/03/2020 04:05", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020 BC",
        "2020-01-00", "GMT"],
    "MM/dd/yyyy HH:mm": ["02/03/2020 04:05", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "Mon Feb 03 04:05:06 GMT 2020",
        "Mon, 3 Feb 2020", "2020-02 1 Sat"],
    "yyyy-MM-dd HH:mm:ss": ["2020-02-03 4:5:6", "2020-02-03 04:05:06.1", "2020-02-03 00:00:00+5", "2020-02-03 04:05:06.123456",
        "2020-02-03 04:05:06", "2020-02-03 04:05:06.1234567", "2020-02-03  04:05:06", "2020-02-03 04:05:06.123", "2020-02-30",
        "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03 34", "GMT", "2020-02-03 1"],
    "yyyy-MM-dd HH:mm:ss.SSS": ["2020-02-03 04:05:06.123", "2020-02-03 04:05:06.1", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021",
        "September 5, 2021", "", "1 PM"],
    "yyyy-MM-dd HH:mm:ss.SSSSSS": ["2020-02-03 04:05:06.1", "2020-02-03 04:05:06.123", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021",
        "2020 35 2 3", "2020-01-00", "4"],
    "yyyy-MM-dd'T'HH:mm:ss": ["2020-02-03T04:05:06+02:00", "2020-02-03T04:05:06", "2020-02-03T04:05:06Z", "2020-02-03T04:05:06.123Z",
        "2020-02-03T04:05:06.123+02", "2020-02-03T04:05:06-0530", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "13 2 PM", "3/2/20",
        "2020-∞-1"],
    "yyyy-MM-dd'T'HH:mm:ss.SSSX": ["2020-02-03T04:05:06.123Z", "2020-02-03T04:05:06.123+02", "2020-02-30", "Tue, 3 Feb 2020",
        "Sept 5, 2021", "0:05 PM", "2020-366", "13 1 PM"],
    "yyyy-MM-dd'T'HH:mm:ssXXX": ["2020-02-03T04:05:06Z", "2020-02-03T04:05:06+02:00", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021",
        "2020-02-0x3", "2020 34 2 3", "13 1 PM"],
    "yyyy-MM-dd'T'HH:mm:ssZ": ["2020-02-03T04:05:06-0530", "2020-02-30", " 2020-02-03", "2020- 2- 3", "99999999999999999999-01-01",
        "1-1-1", "2020-02-03  04:05:06"],
    "yyyyMMddHHmmss": ["1 2020-02-03", "2 2020-02-03", "20200203040506", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "at2020",
        "2020-02-03T04:05:06.123+02", "20"],
    "yyyyMMddHHmmssSSS": ["20200203040506789", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "-2020-02-03", "2020-12-31", "4"],
    "yyyy-MM-dd hh:mm a": ["2020-02-03 04:05 PM", "2020-02-03 12:05 am", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021",
        "2020-02 2 Mon", "11:59:59 PM", "2020-NaN-1"],
    "hh:mm:ss a": ["04:05:06 PM", "11:59:59 PM", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03  04:05:06", "1 2020-02-03",
        "2020 AD"],
    "K:mm a": ["0:05 PM", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03 04:05:06.1234567", "2020-01-01"],
    "k:mm": ["13:05 AM", "11:59:59 PM", "12:05", "13:05 PM", "04:05:06 PM", "23:59:59 PM", "24:05", "2020-02-30", "Tue, 3 Feb 2020",
        "Sept 5, 2021", "2020-12-27", "2020-NaN-1", "2020-02-03 UTC"],
    "h:mm": ["04:05:06 PM", "11:59:59 PM", "12:05", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020 34 2 3",
        "2020-02-03 13 1 PM 1 13", "2020-06--1"],
    "HH:mm a": ["13:05 PM", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "Mon, 3 Feb 2020", "2020-02-03 04:05:06", "1-1-1"],
    "EEE, d MMM yyyy": ["Mon, 3 Feb 2020", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", " PM", "2020-02-03'x'", "2020 35 2 3"],
    "EEEE d MMMM yyyy": ["Monday 3 February 2020", "mon 3 FEB 2020", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-NaN-1",
        "24:05", "2020-06-Mon"],
    "d-MMM-yy": ["3-Feb-20", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "GMT", "Mon, 3 Feb 2020", "2020-02-03 24:05:06"],
    "dMMMyyyy": ["3Feb2020", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "pm", "13:05 PM", "2020-02-03[ 04]"],
    "MMM d, yyyy": ["Feb 3, 2020", "September 5, 2021", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", " ", "2020-02-03 04:05:60",
        "2 2020-02-03"],
    "LLL d yyyy": ["Feb 3 2020", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-5", "PM", "13 2 PM"],
    "YYYY-MM-dd": ["2020-02-30", " 2020-02-03", "2020- 2- 3", "2020-2E0-3", "2020-02-03 1", "2020-02-03 04:60:06",
        "2020-02-03 04:05:06.123", "2020-02-03 4:5:6", "2020-02-5", "2020-01-01", "2020-02-03 13 1 PM 1 13",
        "2020-02-03 04:05:06.1234567", "20E2-02-03", "Tue, 3 Feb 2020", "Sept 5, 2021", "NaN", "292278995-01-01", "2 2020-02-03",
        "2020-06-Mon"],
    "YYYY-ww-u": [" 2020-02-03", "2020- 2- 3", "2020-2E0-3", "2020-02-03 4:5:6", "2020-02-03 13 1 PM 1 13", "2020-02-03 12:05 am",
        "2020-02-03 13 1 AM 1 13", "20E2-02-03", "2020-02-03  04:05:06", "2020-02-03 34", "2020-02-03 24:05:06", "2020-02-03 1",
        "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "BCE", "23:59:59 PM", "2020020"],
    "YYYY-'W'ww-E": ["2020-W06-Tue", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03 13 1 AM 1 13", "2020-02-03 6",
        "  Feb 3 2020"],
    "yyyy-ww": ["2020-02-30", " 2020-02-03", "2020- 2- 3", "2020-2E0-3", "2020-02-03 04:05 PM", "2019-12-30", "２０２０-02-03", "1900-02-29",
        "2020-06-2", "2020-02 1 Sat", "20E2-02-03", "2020-02-03T04:05:06.123Z", "2020-02-03 13 1 AM 1 13", "Tue, 3 Feb 2020",
        "Sept 5, 2021", "NaN", "2020-01-00", "2020  Feb"],
    "yyyy-ww-E": ["2020-06-Mon", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03 +0200", "2020-02-03 34", "2020-52-7"],
    "yyyy ww u": ["2020 34 2 3", "2020 35 2 3", "2020 06 2", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03 2", "[2020]",
        "2020-NaN-1"],
    "yyyy-DDD": ["2020-02-30", " 2020-02-03", "2020- 2- 3", "2020-2E0-3", "2020-02-0x3", "2020-01-1", "2020-1-1", "2020-02-03 04:60:06",
        "2020-02-03 0 0 AM 12 24", "2020-02-5", "2020-034", "2020-53-7", "2020-02-03 6", "Tue, 3 Feb 2020", "Sept 5, 2021", "NaN",
        "2020 02-03", "2020"],
    "yyyy D M d": ["2020 34 2 3", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03 13 1 PM 1 13", "2020-06--1",
        "2020-02-03 2"],
    "yyyy-MM W E": ["2020-02 1 Sat", "2020-02 2 Mon", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "99", "23:59:59 PM",
        "99999999999999999999-01-01"],
    "yyyy-MM-W": [" 2020-02-03", "2020- 2- 3", "2020-2E0-3", "2020-02-03 1", "2020-02-03 04:60:06", "２０２０-02-03", "2020-06-2",
        "2020-2-3", "2020-02-03T04:05:06+02:00", "2020-02-03T04:05:06.123Z", "2020-02-03 13 1 PM 1 13", "2020-02-03T04:05:06.123+02",
        "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-W06-Tue", " PM", "February 2020"],
    "yyyy-MM-F": [" 2020-02-03", "2020- 2- 3", "2020-2E0-3", "2020-01-01", "2020-02-03 04:05:06", "2020-02-03 13 1 AM 1 13",
        "2020-02-03T04:05:06Z", "2020-02-03T04:05:06.123Z", "2020-02-03 24:05:06", "2020-02-03 04:05:06.1234567",
        "2020-02-03 04:05:06.123456", "2020-02-03 1", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "February 2020", "2020.02.03",
        "2020"],
    "yyyy-MM F E": ["2020-02 1 Sat", "2020-02 2 Mon", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "BCE", "[2020]", "2020- 2- 3"],
    "yyyy-MM E": ["2020-02 Mon", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2021-366", "Mon", "abc"],
    "u": ["03/02/2020", "3-Feb-20", "3Feb2020", "04:05:06 PM", "1-1-1", "3/2/20", "1 2020-02-03", "1.5", "15E-1", "2020-02-30",
        "Tue, 3 Feb 2020", "Sept 5, 2021", "utc", "20200203040506789", "2020 Feb"],
    "E": ["Tue, 3 Feb 2020", "Mon Feb 03 04:05:06 GMT+2:30 2020", "Mon Feb 03 04:05:06 GMT 2020", "mon 3 FEB 2020", "Mon",
        "Monday 3 February 2020", "Mon Feb 03 04:05:06 UTC 2020", "Mon Feb 03 04:05:06 +0200 2020", "Mon, 3 Feb 2020", "2020-02-30",
        "Sept 5, 2021", " 2020-02-03", "2020  AD", "2020-06-2", "2020-01-1"],
    "D": ["13:05 AM", "1 PM", "99", "13 2 PM", "2 2020-02-03", "12:05", "04:05:06 PM", "15E-1", "3/2/99", "5", "2020-02-30",
        "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03", "2020-+2-3", "Mon, 3 Feb 2020"],
    "a": ["pm", "PM", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03 34", "0-1-1", "١٢٣٤-٠٢-٠٣"],
    "yyyy G": ["2020 BC", "20 ad", "2020 AD", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-06-2", " 2020-02-03", "Mon"],
    "u yyyy-MM-dd": ["1 2020-02-03", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03 trailing", " 2020-02-03",
        "February 2020"],
    "yyyy-MM-dd u": ["2020-02-03 1", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "utc", "2020  AD", "AD"],
    "yyyy-MM-dd D": ["2020-02-03 34", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-01-00", "Z", "GMT"],
    "yyyy-MM-dd w": ["2020-02-03 6", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020 02", "Feb 3, 2020", "2020-06--1"],
    "yyyy-MM-dd W": ["2020-02-03 2", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "mon 3 FEB 2020", "2020-12-31", "PM"],
    "yyyy-MM-dd F": ["2020-02-03 1", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03 04:05:06",
        "Mon Feb 03 04:05:06 GMT+2:30 2020", "2020--2-3"],
    "yyyy MM": ["2020 06 2", "13 1 PM", "2020  02", "2020 02-03", "2020 02", "13 2 PM", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021",
        "2020-034", "2020- 2- 3", "2020-02 6 Sat"],
    "MM": ["04:05:06 PM", "1 2020-02-03", "1.5", "1-1-1", "12:60", "5", "2 2020-02-03", "11:59:59 PM", "4", "2020-02-30",
        "Tue, 3 Feb 2020", "Sept 5, 2021", "13:05 PM", "2020-00-01", "Mon, 3 Feb 2020"],
    "HHmm": ["2020-02-30", " 2020-02-03", "2020- 2- 3", "2020-2E0-3", "1500-02-29", "2020 AD", "2020-02 2 Mon", "0001-01-01",
        "2020-02-03 2", "2020-52-7", "2020-02 Mon", "２０２０-02-03", "2020-00-01", "2020-02-03 trailing", "Tue, 3 Feb 2020", "Sept 5, 2021",
        "NaN", "4", "utc", "23:59:59 PM"],
    "Hmm": ["2020-02-30", "13:05 AM", "2020- 2- 3", "2020-2E0-3", "2020-02-03 04:05:60", "2020-4294967298-3",
        "2020-02-03T04:05:06.123+02", "2020-01-00", "2020-02-03", "2020-53-7", "2020--2-3", "2020-02-03 +0200", "2020-06--1",
        "Tue, 3 Feb 2020", "Sept 5, 2021", " 2020-02-03", "mon 3 FEB 2020", "1582-10-10", "February 2020"],
    "SSS": ["13:05 AM", "NaN", "03/02/2020", "0000-01-01", "1.5", "12:60", "11:59:59 PM", "1-1-1", "0001-01-01", "20", "20 ad",
        "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "abc", "2020 34 2 3", "gmt+3"],
    "Z": ["GMT-03:30", "UTC", "utc", "+0230", "GMT", "2020-02-30", " 2020-02-03", "2020- 2- 3", "99999999999999999999-01-01", "2021-366",
        "1582-10-15"],
    "X": ["+02:30", "+0230", "+02", "Z", "+14:00", "-13:00", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03 1",
        "2020-4294967298-3"],
    "XX": ["+0230", "Z", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03 04:05:06.1", "2020-06-Mon", "2020-02 1 Sat"],
    "XXX": ["Z", "+14:00", "-13:00", "+02:30", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "at2020", "2020-02-03 04:05:06.1", "+2"],
    "yyyy MMM": ["2020 Feb", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "3/2/99", "04:05:06 PM", "99"],
    "yyyy  MM": ["2020  02", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "1.5", "0:05", "Mon"],
    "yyyy-MM-dd'''x'''": ["2020-02-03'x'", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "Mon, 3 Feb 2020", "3-Feb-20", "2020-12-31"],
    "'at' yyyy": ["at 2020", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "+15:00", "mon 3 FEB 2020", "2020-02-03 04:05:06.1"],
    "yyyy.MM.dd": ["2020.02.03", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "3/2/20", "2020-4294967298-3", "20200203040506"],
    "yyyy年MM月dd日": ["2020年02月03日", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03 04:05:06.123", "2020-02-5",
        "2020-02-03 04:05:06"],
    "[yyyy]": ["[2020]", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "+02:30", "2020-1-1", "0:05"],
    "yyyy-MM-dd[ HH]": ["2020-02-03[ 04]", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "2020-02-03'x", "2020-02-03T04:05:06.123+02",
        "2020 BC"],
    "yyyy-MM-dd H K a h k": ["2020-02-03 0 0 AM 12 24", "2020-02-03 13 1 PM 1 13", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021",
        "2020 Feb", "2020-06--1", "utc"],
    "H h a": ["13 1 PM", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "12:05", "12:60", "PM"],
    "h a": ["1 PM", "12 PM", "2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "99999999999999999999-01-01", "4294969316-02-03",
        "2020-1-1"],
    "K a H": ["2020-02-30", "Tue, 3 Feb 2020", "Sept 5, 2021", "99", "2020 35 2 3", "2020-02-03 4:5:6"],
}

# Times to write by those patterns, and ones before the Gregorian calendar, to write by patterns without days of weeks.
TIMES = ("2020-02-03 04:05:06.123456", "2020-12-31 23:59:59.999", "2021-01-02 10:00:00", "1969-12-31 23:59:59.9999", "1600-02-29 13:00:00")
ANCIENT = ("1500-03-01 01:02:03.5", "0001-01-01 00:00:00", "1582-10-09 05:06:07", "1582-10-14 23:59:59", "9999-12-31 00:00:00")

# Patterns that write a time as letters have it in Spark 2.
WRITE = ("y yy yyyyyy G GGGG M MMM MMMM MMMMM L LL LLL LLLL d ddd E EEE EEEE EEEEE u uu a aaa h hhh k K H mm s S SS SSSSSS z zzzz Z ZZ ZZZZ X XX XXX "
         "D DDDD F FF w ww W WW Y YY YYYY '' 'a''b' yyyy-MM-dd'T'HH:mm:ss.SSSXXX [yyyy] {y} #y").split()

# Texts in files of CSV and JSON.
CSV = ("d,t\n2020-01-02,2020-01-02 03:04:05\n2020-1-2,2020-01-02T03:04:05.123Z\n2020-13-01,2020-01-02T03:04:05.123456+02:00\n"
       "02/03/2020,2020-01-02T03:04\n,\n2020-01-02 xx,2020-01-02\n2020,2020-1-2\n20200230,2020-02-30 25:61:00.5\n")
JSON = ('{"d":"2020-01-02","t":"2020-01-02 03:04:05"}\n{"d":"2020-1-2","t":"2020-01-02T03:04:05.123Z"}\n{"d":"02/03/2020","t":"2020-01-02 xx"}\n'
        '{"d":"2020-01-02 xx","t":"2020-01-02T03:04:05.123456"}\n{"d":"180","t":5}\n{"d":true,"t":"2020-02-30 01:00"}\n')
OPTIONS = ({}, {"dateFormat": "dd/MM/yyyy"}, {"timestampFormat": "yyyy-MM-dd HH:mm"}, {"enableDateTimeParsingFallback": "false"},
           {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS", "dateFormat": "yyyy-M-dd"}, {"dateFormat": "yyyyMMdd", "timestampFormat": "y-M-d"})


@contextlib.contextmanager
def _policy(x, value):
    """The session under a policy."""
    x.spark.conf.set(KEY, value)
    try:
        yield
    finally:
        x.spark.conf.unset(KEY)


def _answered(frame):
    """A frame's types and rows, fetched now, under the policy of now."""
    return [frame.dtypes, [[str(cell) for cell in row] for row in frame.collect()]]


def _pairs(x):
    """Each text with its pattern."""
    return x.spark.createDataFrame([(p, t) for p, texts in READ.items() for t in texts], "p string, s string")


def legacy_reads(x):
    """Numbers of any length, anything behind the pattern, days by weeks; what was set last says which day it is, and all
    else must agree. A year of YYYY makes the month and day meaningless."""
    with _policy(x, "LEGACY"):
        yield _pairs(x).selectExpr("p", "s", "unix_micros(to_timestamp(s, p)) r")
        yield _pairs(x).selectExpr("p", "s", "to_date(s, p) d", "unix_timestamp(s, p) u", "try_to_timestamp(s, p) t").groupBy("p").agg(
            F.count("d"), F.sum(F.datediff("d", F.lit("1970-01-01"))), F.sum("u"), F.count("t"))


def legacy_in_functions(x):
    """From Python, with literal patterns, whatever the policy's case; a pattern of timestamps without zone is not reached."""
    df = x.spark.createDataFrame([("3/2/20 trailing", "2020-2-3 4:5:6", "Mon 3 feb 2020", None)], "a string, b string, c string, d string")
    for policy in ("legacy", "Legacy"):
        with _policy(x, policy):
            yield x.spark.conf.get(KEY)
            yield df.select(F.to_date("a", "dd/MM/yyyy"), F.to_timestamp("b", "yyyy-MM-dd HH:mm:ss"), F.to_date("c", "EEE dd MMM yyyy"),
                            F.unix_timestamp("b"), F.to_unix_timestamp("b"), F.to_date("d", "yyyy"), F.to_timestamp_ltz("b", F.lit("yyyy-MM")),
                            F.to_timestamp_ntz("b", F.lit("yyyy-MM-dd")), F.to_date("b"), F.to_timestamp("b"), F.try_to_timestamp("b", F.lit("yyyy")))
            yield x.rows("select to_timestamp('x', '') a, to_timestamp('', 'yyyy') b, to_date('2020', 'yyyy') c, from_unixtime(0, 'u') d, from_unixtime(0) e, "
                         "unix_timestamp('2020-01-01 00:00:00 xx') f, date_format(date'2020-02-03', 'u') g, date_format('2020-02-03', 'EEEE') h")


def legacy_writes(x):
    """u is the day of the week, S the milliseconds as a number, k and K hours, Y the year of weeks; no era for years."""
    times = x.rows("select cast(col1 as timestamp) t, col1 s from values " + ", ".join("('%s')" % t for t in TIMES))
    ancient = x.rows("select cast(col1 as timestamp) t, col1 s from values " + ", ".join("('%s')" % t for t in ANCIENT))
    with _policy(x, "LEGACY"):
        yield times.select("s", *[F.date_format("t", p).alias("c%d" % i) for i, p in enumerate(WRITE)])
        yield times.select("s", *[F.date_format("t", p).alias("c%d" % i) for i, p in enumerate(READ)])
        yield ancient.select("s", *[F.date_format("t", p).alias("c%d" % i) for i, p in enumerate(WRITE) if not set(p) & set("EuDFwWY")])
        yield ancient.selectExpr("s", "cast(cast(t as date) as string) d", "concat(cast(t as date), '') e", "cast(t as string) t")


def legacy_patterns_that_are_none(x):
    """Letters that SimpleDateFormat does not know, an open quote."""
    with _policy(x, "LEGACY"):
        df = x.rows("select timestamp'2020-02-03 04:05:06' t, '2020' s")
        for pattern in ("V", "x", "O", "b", "e", "c", "q", "yyyy'", "XXXX", "yyyy A", "T"):
            yield x.error(lambda: df.select(F.date_format("t", pattern)).collect())
            yield x.error(lambda: df.select(F.to_timestamp("s", pattern)).collect())


def corrected(x):
    """Null where the usual policy fails; patterns of Spark 2 alone fail as they do there."""
    with _policy(x, "corrected"):
        yield _pairs(x).where("p in ('yyyy-MM-dd', 'dd/MM/yyyy', 'yyyy-MM-dd HH:mm:ss', 'd-MMM-yy')").selectExpr("p", "s", "to_timestamp(s, p) r", "to_date(s, p) d")
        df = x.rows("select timestamp'2020-02-03 04:05:06' t, '2020' s")
        for pattern in ("u", "YYYY", "bb"):
            yield x.error(lambda: df.select(F.date_format("t", pattern)).collect())
            yield x.error(lambda: df.select(F.to_timestamp("s", pattern)).collect())


def the_policy_at_the_action_counts(x):
    """A frame made under one policy runs under that of its action; SET and RESET in SQL."""
    df = x.spark.createDataFrame([("2020-1-1",)], "a string").select(F.to_date("a", "yyyy-MM-dd").alias("d"))
    x.spark.sql("SET %s=LEGACY" % KEY)
    try:
        yield df.select("*")
        x.spark.sql("SET %s=CORRECTED" % KEY)
        yield df.select("d")
        x.spark.sql("RESET %s" % KEY)
        yield x.error(lambda: df.selectExpr("d").collect())
    finally:
        x.spark.conf.unset(KEY)


def legacy_in_files(x):
    """CSV and JSON are read by FastDateFormat, which takes months beyond 12, then as a cast does; types are inferred of a
    whole ISO time alone."""
    csv, one, json = x.file("a.csv", CSV), x.file("b.csv", "d,t,s\n2020-01-02,2020-01-02 03:04:05,2020-01-02T03:04:05.123Z\n"), x.file("a.json", JSON)
    for policy in ("LEGACY", "CORRECTED"):
        with _policy(x, policy):
            for options in OPTIONS:
                if policy == "LEGACY" or "enableDateTimeParsingFallback" not in options:
                    yield _answered(x.spark.read.options(**options).schema("d date, t timestamp").csv(csv, header=True))
                    yield _answered(x.spark.read.options(**options).schema("d date, t timestamp").json(json))
                    yield _answered(x.spark.read.options(**options).csv(one, header=True, inferSchema=True))
                    yield _answered(x.rows("select '{\"d\":\"2020-1-2\",\"t\":\"2020-1-2 3:4\"}' j").select(F.from_json("j", "d date, t timestamp", options).alias("r")))


def legacy_files_are_written(x):
    """A year has four digits at least, S are digits of a fraction, ZZ and X are Z."""
    df = x.rows("select date'2020-01-02' d, timestamp'2020-01-02 03:04:05.123456' t, date'0044-03-15' o, timestamp'1582-10-09 01:00:00' g")
    with _policy(x, "LEGACY"):
        for i, options in enumerate(OPTIONS[:3] + OPTIONS[4:] + ({"dateFormat": "y M yy", "timestampFormat": "y S SSSSS ss.SS Z ZZ ZZZ X XXX a G"},)):
            df.coalesce(1).write.options(**options).csv(x.url("c%d" % i))
            yield x.files("c%d" % i)
            df.coalesce(1).write.options(**options).json(x.url("j%d" % i))
            yield x.files("j%d" % i)
            yield _answered(df.select(F.to_json(F.struct("*"), options).alias("j")))
