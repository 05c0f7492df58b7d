-- Stores a report as the employee's last, and by its run where a run record may ask for it.
-- KEYS: lease, last reports by employee, the run's report.
-- ARGV: lease's value, employee, run id, report, life of the run's report in ms or ''.
local record = text(NOW) .. ' ' .. ARGV[3] .. ' ' .. ARGV[4]
redis.call('HSET', KEYS[2], ARGV[2], record)
if ARGV[5] ~= '' then redis.call('SET', KEYS[3], record, 'PX', ARGV[5]) end
return 1
