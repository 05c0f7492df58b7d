-- Counts a deletion for the guard; those older than a day are forgotten.
-- KEYS: lease, deletions of one side. ARGV: lease's value, an id of the deletion's own, the day in ms.
local day = tonumber(ARGV[3])
redis.call('ZADD', KEYS[2], NOW, ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(NOW - day))
redis.call('PEXPIRE', KEYS[2], day)
return 1
