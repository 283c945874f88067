package spark

import "strings"

// sparkOthers lists functions of Spark 3.5 that are not common. What of them stands in no table of functions is Spark's
// only: a script that calls one is told so, instead of being told that there is no such function.
const sparkOthers = " " +
	"acosh aes_decrypt aes_encrypt aggregate approx_percentile array_append array_compact array_except " +
	"array_insert array_intersect array_position array_prepend array_remove array_repeat array_sort array_union " +
	"arrays_overlap arrays_zip asinh assert_true atanh bin bit_and bit_count bit_get bit_length bit_or bit_xor " +
	"bitmap_bit_position bitmap_bucket_number bitmap_construct_agg bitmap_count bitmap_or_agg conv " +
	"convert_timezone cot count_min_sketch crc32 csc current_catalog current_database current_schema " +
	"current_timezone current_user date_from_unix_date decode elt encode equal_null exists " +
	"factorial filter find_in_set forall format_number format_string from_csv from_json " +
	"from_utc_timestamp get get_json_object getbit grouping grouping_id hash histogram_numeric hll_sketch_agg " +
	"hll_sketch_estimate hll_union hll_union_agg inline inline_outer input_file_block_length " +
	"input_file_block_start java_method json_array_length json_object_keys json_tuple kurtosis " +
	"localtimestamp luhn_check make_dt_interval make_interval make_timestamp make_timestamp_ltz " +
	"make_timestamp_ntz make_ym_interval map_concat map_contains_key map_entries map_filter map_from_arrays " +
	"map_from_entries map_zip_with mask mode monotonically_increasing_id nth_value octet_length overlay parse_url " +
	"percentile percentile_approx printf raise_error rand randn random range reduce " +
	"reflect regexp_count regexp_extract_all regexp_instr regexp_substr regr_avgx regr_avgy regr_count " +
	"regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy rint schema_of_csv schema_of_json sec sentences " +
	"sequence shiftleft shiftright shiftrightunsigned shuffle skewness slice soundex " +
	"spark_partition_id split_part sql_keywords stack str_to_map timestamp_micros timestamp_millis timestampadd timestampdiff to_binary " +
	"to_char to_csv to_json to_number to_timestamp_ltz to_timestamp_ntz to_utc_timestamp to_varchar transform " +
	"transform_keys transform_values try_add try_aes_decrypt try_avg try_divide try_element_at try_multiply " +
	"try_subtract try_sum try_to_binary try_to_number try_to_timestamp typeof unhex unix_date unix_micros " +
	"unix_millis unix_seconds url_decode url_encode user uuid version width_bucket xpath " +
	"xpath_boolean xpath_double xpath_float xpath_int xpath_long xpath_number xpath_short xpath_string xxhash64 " +
	"zip_with "

// isSparkOnly reports whether name is a function that Spark has and Tenon has not.
func isSparkOnly(name string) bool {
	_, served := functions[name]
	return !served && strings.Contains(sparkOthers, " "+name+" ")
}
