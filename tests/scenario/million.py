"""By hand: a million actions of eight producers through awpsd to a faulty service, accounted for.

    AWPS_BUILD=build/release/daemon PYTHONPATH=tests/support tests/scenario/million.py [ACTIONS]
"""

import sys
import time

from fault_run import CONFIG, PRODUCERS, RULES, Arrivals, send_all
from programs import Awpsd, Emulator, temporary_folder


def main(actions):
    with (temporary_folder() as folder,
          Emulator("--log-entries", str(actions + actions // 5)) as emulator,
          Awpsd(folder, emulator.connection, CONFIG) as daemon):
        emulator.set_faults(RULES)
        daemon.start()
        begin = time.monotonic()
        total = send_all(daemon.socket_path, actions)
        seconds = time.monotonic() - begin
        arrivals = Arrivals(emulator.log())
        applied = emulator.fault_counts()
        status = daemon.close()
    lanes = arrivals.lanes_of(actions)
    print(f"{actions:,} actions of {PRODUCERS} producers in {seconds:.1f} s "
          f"({actions / seconds:,.0f}/s), {len(lanes)} groups")
    print("outcomes      " + ", ".join(f"{name} {count:,}" for name, count in total.items()))
    print("faults        " + ", ".join(f"{name} {count:,}" for name, count in applied.items()))
    print(f"requests      {arrivals.requests:,}, {arrivals.effects:,} took effect, "
          f"{arrivals.repeats:,} of them again, {arrivals.effects_unanswered:,} lost answers")
    print(f"order         {len(arrivals.mistakes):,} out of order in {len(lanes)} groups")
    is_good = (total["delivered"] == actions and dict(arrivals.next_number) == lanes
               and not arrivals.mistakes and arrivals.repeats == arrivals.effects_unanswered
               and status == 0)
    print("OK" if is_good else "FAILED")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
