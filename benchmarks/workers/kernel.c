// Sweep moving-average crossings, written by hand: what a compiler makes of one branchy pass over the bars a strategy.
// Means come from prefix sums of the closes (prefix[i] is the sum of the first i), so a crossing costs two differences.
// Decided at a close, filled at the next open, long or flat. Row k of `rows` takes equity, Sharpe, drawdown, orders.
#include <math.h>
#include <stdint.h>

typedef struct {
    double quantity, cash, fee_frac, periods;
} terms_t;

static void trade(const double *open, const double *close, const double *prefix, int64_t count, int64_t fast,
                  int64_t slow, terms_t terms, double *row) {
    const double ratio = (double)slow / (double)fast;
    double cash = terms.cash, held = 0.0, target = 0.0;
    double before = terms.cash, peak = terms.cash, deepest = 0.0, sum = 0.0, squares = 0.0;
    int64_t orders = 0;
    for (int64_t i = slow - 1; i < count; i++) {
        if (target != held) {
            const double change = target - held;
            cash -= change * open[i] + fabs(change) * open[i] * terms.fee_frac;
            held = target;
            orders++;
        }
        if (held != 0.0 || before != cash) { // flat time costs nothing
            const double equity = cash + held * close[i];
            const double earned = equity / before - 1.0;
            sum += earned;
            squares += earned * earned;
            before = equity;
            if (equity > peak)
                peak = equity;
            else if (peak - equity > deepest * peak)
                deepest = (peak - equity) / peak;
        }
        const double newest = prefix[i + 1];
        target = (newest - prefix[i + 1 - fast]) * ratio > newest - prefix[i + 1 - slow] ? terms.quantity : 0.0;
    }
    const double mean = sum / (double)count;
    const double variance = (squares - mean * sum) / (double)(count - 1);
    row[0] = before;
    row[1] = variance > 0.0 ? mean / sqrt(variance) * sqrt(terms.periods) : 0.0;
    row[2] = -deepest;
    row[3] = (double)orders;
}

void sweep(const double *open, const double *close, const double *prefix, int64_t count, const int64_t *fast,
           const int64_t *slow, int64_t strategies, terms_t terms, double *rows) {
#pragma omp parallel for schedule(dynamic, 4)
    for (int64_t k = 0; k < strategies; k++)
        trade(open, close, prefix, count, fast[k], slow[k], terms, rows + 4 * k);
}
