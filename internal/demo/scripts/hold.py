# Only for the demonstration: where a file of this name exists, the job is one that takes long. It says that it has done its
# work, and ends when the file is gone.
import os
import time

hold = getResolvedOptions(sys.argv, ["hold_file"])["hold_file"]
if os.path.exists(hold):
    open(hold + ".reached", "w").close()
while os.path.exists(hold):
    time.sleep(0.05)
