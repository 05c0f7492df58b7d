-- One step of a mirror, its token included.
-- KEYS: lease, mirror.
-- ARGV: lease's value, how the mirror was made, '1' to forget everything first, number of items to
-- store, then id and item of each, then the ids to forget.
local MIRROR = KEYS[2]
local made, puts = ARGV[2], tonumber(ARGV[4])
local first = 5
local last = first + 2 * puts - 1
if ARGV[3] == '1' then redis.call('UNLINK', MIRROR) end
in_slices('HSET', MIRROR, ARGV, first, last)
in_slices('HDEL', MIRROR, ARGV, last + 1, #ARGV)
redis.call('HSET', MIRROR, '#made', made)
return 1
