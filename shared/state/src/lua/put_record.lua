-- Stores one record among its kind.
-- KEYS: lease, records. ARGV: lease's value or '', name, record.
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 1
