namespace Exchange.Query.Merging;

/// <summary>
/// A sum of doubles by Neumaier's method: the error of n additions stays below 2u·|Σx| + n²u²·Σ|x|, in any order, where u = 2^-53
/// (Neumaier, ZAMM 54, 1974). Mutable: lives in an array.
/// </summary>
internal struct CompensatedSum
{
    private double _sum;
    private double _lost;

    public void Add(double value)
    {
        var sum = _sum + value;
        _lost += Math.Abs(_sum) >= Math.Abs(value) ? _sum - sum + value : value - sum + _sum;
        _sum = sum;
    }

    public readonly double Total => _sum + _lost;
}
