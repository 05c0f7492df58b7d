-- Takes, keeps or gives up the scheduler's lead.
-- Keys beside the common ones: KEYS[21] string, the leader; KEYS[22] hash about the scheduler
-- ARGV: owner, life (ms; 0 gives it up), next firing (ms) or ''
-- Answers 1 if `owner` leads now.
local leader = redis.call('GET', KEYS[21])
if leader and leader ~= ARGV[5] then return 0 end
if ARGV[6] == '0' then
  if leader then redis.call('DEL', KEYS[21]) end
  return 0
end
redis.call('SET', KEYS[21], ARGV[5], 'PX', ARGV[6])
redis.call('HSET', KEYS[22], 'leader', ARGV[5], 'seen_at', text(NOW), 'next_firing', ARGV[7])
return 1
