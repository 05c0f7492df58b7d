-- Puts numbers in front of the firm's list of those that exist; the oldest make room.
-- KEYS: lease, probes. ARGV: lease's value, how many are kept, numbers.
for i = 3, #ARGV do
  redis.call('LREM', KEYS[2], 0, ARGV[i])
  redis.call('LPUSH', KEYS[2], ARGV[i])
end
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[2]) - 1)
return 1
