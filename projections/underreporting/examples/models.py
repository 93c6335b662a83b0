"""The 1,024 pairwise models of five lists in statsmodels, beside the same fits of the example `models`.

python3 models.py [PATH OF THE BUILT EXAMPLE]: needs statsmodels. The fits there come without existence checks: a model that has
no maximum is fitted all the same, and its number means nothing. Empty overlaps are left out as there.
"""

import itertools
import json
import subprocess
import sys
import time
import warnings

import numpy
import statsmodels.api as sm

CELLS = [52, 90, 6, 114, 4, 6, 1, 45, 2, 1, 0, 5, 1, 1, 0, 21, 5, 2, 0, 4, 1, 1, 0, 3, 0, 1, 0, 1, 0, 0, 0]
PAIRS = [1 << a | 1 << b for a, b in itertools.combinations(range(5), 2)]


def fit(pairs):
    """The estimated total and BIC of one model."""
    margin = {pair: sum(n for cell, n in enumerate(CELLS, 1) if cell & pair == pair) for pair in pairs}
    empty = [pair for pair in pairs if margin[pair] == 0]
    cells = [cell for cell in range(1, 32) if not any(cell & pair == pair for pair in empty)]
    terms = [0] + [1 << one for one in range(5)] + [pair for pair in pairs if margin[pair] > 0]
    design = numpy.array([[float(cell & term == term) for term in terms] for cell in cells])
    counts = numpy.array([CELLS[cell - 1] for cell in cells], dtype=float)
    fitted = sm.GLM(counts, design, family=sm.families.Poisson()).fit()
    total = sum(CELLS) + numpy.exp(fitted.params[0])
    return total, -2 * fitted.llf + (len(terms) + len(empty)) * numpy.log(sum(CELLS))


def main():
    warnings.simplefilter("ignore")
    start, results, failed = time.perf_counter(), [], 0
    for size in range(len(PAIRS) + 1):
        for pairs in itertools.combinations(PAIRS, size):
            try:
                results.append(fit(pairs))
            except Exception:  # a singular table: no fit there, and a check that failed here
                failed += 1
    seconds = time.perf_counter() - start
    print(f"statsmodels: {len(results)} fits, {failed} failed, {seconds:.2f} s")
    if len(sys.argv) > 1:
        ours = json.loads(subprocess.run(sys.argv[1], check=True, capture_output=True, text=True).stdout)
        print(f"nabij: {ours['fitted']} of 1024 have an estimate, {ours['seconds']} s, checks included; best BIC {ours['best_bic']}")
        print(f"{seconds / ours['seconds']:.0f} times as fast")


if __name__ == "__main__":
    main()
