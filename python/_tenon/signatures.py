"""How each function of pyspark.sql.functions takes its arguments, for those that only build a call.

A signature is "name:kind" for each parameter, with "=default" where it has one. Kinds:

    c  a Column, or the name of one              n  as c, or a number that becomes a literal
    l  a Column, or a value that becomes a literal (a text stays a text)
    ?  after c or l: may be None, and is then left out (every later one too)

A parameter with * takes any number, or one list. The functions stand behind their signature; the SQL name is the
function's own, unless RENAMED has another.
"""

SIGNATURES = {
    "col:c":
        "abs acos acosh array_agg array_compact array_distinct array_max array_min array_size ascii asin asinh atan "
        "atanh avg base64 bin bit_and bit_count bit_length bit_or bit_xor bitmap_bit_position bitmap_bucket_number "
        "bitmap_construct_agg bitmap_count bitmap_or_agg bitwiseNOT bitwise_not bool_and bool_or cardinality cbrt "
        "ceil ceiling char collect_list collect_set cos cosh cot count_if crc32 csc day dayofmonth dayofweek "
        "dayofyear degrees every exp explode explode_outer expm1 factorial flatten floor grouping hex "
        "hll_sketch_estimate hour initcap inline inline_outer isnan isnotnull isnull json_array_length "
        "json_object_keys kurtosis length ln log10 log1p log2 lower ltrim map_entries map_from_entries map_keys "
        "map_values max md5 mean median min minute mode month negate negative octet_length posexplode "
        "posexplode_outer positive product quarter radians reverse rint rtrim sec second sha sha1 sign signum sin "
        "sinh shuffle size skewness some soundex sqrt std stddev stddev_pop stddev_samp sum tan tanh "
        "timestamp_micros timestamp_millis timestamp_seconds toDegrees toRadians trim try_avg try_sum typeof "
        "unbase64 unhex unix_date unix_micros unix_millis unix_seconds upper var_pop var_samp variance weekday "
        "weekofyear year",
    "":
        "cume_dist curdate current_catalog current_database current_date current_schema current_timestamp "
        "current_timezone current_user dense_rank e input_file_block_length input_file_block_start input_file_name "
        "localtimestamp monotonically_increasing_id now percent_rank pi rank row_number spark_partition_id user "
        "version",
    "*cols:c": "array arrays_zip coalesce concat create_map greatest grouping_id hash least map_concat named_struct "
               "stack struct xxhash64",
    "*inputs:c": "elt",
    "sep:l *cols:c": "concat_ws",
    "format:l *cols:c": "format_string",
    "format:c *cols:c": "printf",
    "col:c *fields:l": "json_tuple",
    "col1:c col2:c": "array_except array_intersect array_union corr covar_pop covar_samp equal_null ifnull "
                     "map_from_arrays nanvl nullif nvl",
    "col1:c col2:c col3:c": "nvl2",
    "left:c right:c": "contains try_add try_divide try_multiply try_subtract",
    "a1:c a2:c": "arrays_overlap",
    "y:c x:c": "regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy",
    "col:c ord:c": "max_by min_by",
    "col:c pos:c": "bit_get getbit",
    "col:c extraction:c": "try_element_at",
    "col:c extraction:l": "element_at",
    "col:c value:l": "array_append array_contains array_position array_prepend",
    "col:c element:l": "array_remove",
    "col:c count:n": "array_repeat",
    "col:c index:n": "get",
    "arr:c pos:n value:l": "array_insert",
    "col:c delimiter:l null_replacement:l?": "array_join",
    "col:c asc:l=True": "sort_array",
    "x:c start:n length:n": "slice",
    "start:c stop:c step:c?": "sequence",
    "col1:n col2:n": "atan2 hypot pow power",
    "dividend:n divisor:n": "pmod",
    "col:c scale:l=0": "bround round",
    "col:c fromBase:l toBase:l": "conv",
    "col:c numBits:l": "sha2 shiftLeft shiftRight shiftRightUnsigned shiftleft shiftright shiftrightunsigned",
    "v:c min:c max:c numBucket:n": "width_bucket",
    "col:c percentage:l accuracy:l=10000": "approx_percentile percentile_approx",
    "col:c percentage:l frequency:l=1": "percentile",
    "col:c nBins:c": "histogram_numeric",
    "col:c eps:c confidence:c seed:c": "count_min_sketch",
    "col:c lgConfigK:l?": "hll_sketch_agg",
    "col1:c col2:c allowDifferentLgConfigK:l?": "hll_union",
    "col:c allowDifferentLgConfigK:l?": "hll_union_agg",
    "col:c ignoreNulls:l?": "any_value first_value last_value",
    "n:l": "ntile",
    "col:c offset:l=1 default:l=None": "lag lead",
    "start:c months:n": "add_months",
    "start:c days:n": "date_add date_sub dateadd",
    "end:c start:c": "date_diff datediff",
    "date:c format:l": "date_format trunc",
    "format:l timestamp:c": "date_trunc",
    "days:c": "date_from_unix_date",
    "field:c source:c": "date_part datepart extract",
    "date:c": "last_day",
    "date:c dayOfWeek:l": "next_day",
    "date1:c date2:c roundOff:l=True": "months_between",
    "col:c format:l?": "to_date to_timestamp",
    "timestamp:c format:c?": "to_timestamp_ltz to_timestamp_ntz to_unix_timestamp",
    "timestamp:c tz:l": "from_utc_timestamp to_utc_timestamp",
    "sourceTz:l? targetTz:l sourceTs:c": "convert_timezone",
    "year:c month:c day:c": "make_date",
    "years:c? months:c? weeks:c? days:c? hours:c? mins:c? secs:c?": "make_interval",
    "years:c? months:c?": "make_ym_interval",
    "years:c months:c days:c hours:c mins:c secs:c timezone:c?": "make_timestamp make_timestamp_ltz",
    "years:c months:c days:c hours:c mins:c secs:c": "make_timestamp_ntz",
    "str:c": "char_length character_length lcase ucase url_decode url_encode",
    "str:c trim:c?": "btrim",
    "str:c substr:l": "instr",
    "substr:l str:c pos:l=1": "locate",
    "substr:c str:c start:c?": "position",
    "str:c pos:l len:l": "substring",
    "str:c pos:c len:c?": "substr",
    "str:c len:c": "left right",
    "str:c prefix:c": "startswith",
    "str:c suffix:c": "endswith",
    "str:c pattern:c escapeChar:l?": "ilike like",
    "str:c pattern:l limit:l=-1": "split",
    "src:c delimiter:c partNum:c": "split_part",
    "str:c delim:l count:l": "substring_index",
    "str:c str_array:c": "find_in_set",
    "str:c regexp:c": "regexp regexp_count regexp_like regexp_substr rlike",
    "str:c pattern:l idx:l": "regexp_extract",
    "str:c regexp:c idx:l?": "regexp_extract_all regexp_instr",
    "string:c pattern:l replacement:l": "regexp_replace",
    "src:c search:c replace:c?": "replace",
    "src:c replace:c pos:n len:n=-1": "overlay",
    "srcCol:c matching:l replace:l": "translate",
    "col:c len:l pad:l": "lpad rpad",
    "col:c n:l": "repeat",
    "col:c d:l": "format_number",
    "col:c format:c": "to_char to_number to_varchar try_to_number",
    "col:c format:c?": "to_binary try_to_binary try_to_timestamp",
    "col:c charset:l": "decode encode",
    "left:c right:c threshold:l?": "levenshtein",
    "col:c upperChar:c? lowerChar:c? digitChar:c? otherChar:c?": "mask",
    "string:c language:c? country:c?": "sentences",
    "text:c pairDelim:c? keyValueDelim:c?": "str_to_map",
    "url:c partToExtract:c key:c?": "parse_url",
    "col:c path:l": "get_json_object",
    "xml:c path:c": "xpath xpath_boolean xpath_double xpath_float xpath_int xpath_long xpath_number xpath_short "
                    "xpath_string",
    "input:c key:c mode:c? padding:c? aad:c?": "aes_decrypt try_aes_decrypt",
    "input:c key:c mode:c? padding:c? iv:c? aad:c?": "aes_encrypt",
    "windowColumn:c": "window_time",
    "col:c errMsg:l?": "assert_true",
    "errMsg:l": "raise_error",
}

# Functions whose SQL name is not their own.
RENAMED = {
    "create_map": "map", "mean": "avg", "variance": "var_samp", "bitwiseNOT": "~", "bitwise_not": "~",
    "toDegrees": "degrees", "toRadians": "radians", "shiftLeft": "shiftleft", "shiftRight": "shiftright",
    "shiftRightUnsigned": "shiftrightunsigned", "pow": "power", "negate": "negative", "now": "current_timestamp",
}

# Names of PySpark 3.5 that need what the protocol has no message for, and why.
REFUSED = {
    "udtf": "Python functions that make tables; use a udf that returns an array, and explode",
    "call_function java_method reflect": "functions by name or of the JVM",
    "days hours months years bucket": "partition transforms of DataFrameWriterV2",
    "unwrap_udt": "user-defined types",
}
