namespace Exchange.Privacy.SafeTables;

/// <summary>
/// The few units because of which a union fails rule 2 or 3. While blocks are taken out of the union, it still fails as long as these
/// units alone make it fail, which is known without looking at all others again.
/// </summary>
internal sealed class FailureWitness
{
    private readonly UnitContributions _data;
    private readonly TableRules _rules;
    private readonly RuleFailure _failure;
    private readonly MeasureColumns? _columns;
    private readonly Dictionary<int, (Int128 Counted, Int128 Gross)> _units = [];
    private readonly HashSet<int> _subtracted = [];
    private Int128 _total;
    private Int128 _slack;

    /// <param name="tally">As the failing test left it.</param>
    public FailureWitness(UnitContributions data, TableRules rules, UnitTally tally, RuleFailure failure)
    {
        (_data, _rules, _failure) = (data, rules, failure);
        _columns = failure.Measure < 0 ? null : data.Measure(failure.Measure);
        var estimate = failure.Rule == DisclosureRule.Estimate;
        (_total, _slack) = (estimate ? tally.FromNearest : tally.Gross, tally.Slack);
        foreach (var (_, slot) in estimate ? tally.LargestFromNearest.Items : tally.LargestGross.Items)
        {
            _subtracted.Add(tally.UnitOfSlot(slot));
        }

        foreach (var unit in _subtracted)
        {
            _units[unit] = default;
        }

        if (tally.LargestGross.Items.Length > 0)
        {
            _units[tally.UnitOfSlot(tally.LargestGross.Items[0].Slot)] = default;
        }

        for (var i = 0; i < tally.RecordCount; i++)
        {
            CountUnit(tally.Records[i], 1);
        }
    }

    public bool StillFails
    {
        get
        {
            Int128 subtracted = 0;
            foreach (var unit in _subtracted)
            {
                subtracted += _units[unit].Counted;
            }

            return _failure.Rule == DisclosureRule.Estimate
                ? !DisclosureRules.PassesEstimate(_total, subtracted, _units.Values.Max(unit => unit.Gross), _slack, _rules.P)
                : !DisclosureRules.PassesDominance(_total, subtracted, _slack, _rules.Dominance);
        }
    }

    public void Remove(IEnumerable<int> records)
    {
        foreach (var record in records)
        {
            Change(record, -1);
        }
    }

    public void Add(IEnumerable<int> records)
    {
        foreach (var record in records)
        {
            Change(record, 1);
        }
    }

    private void Change(int record, int sign)
    {
        CountUnit(record, sign);
        _total += sign * Counted(record);
        _slack += sign * (_columns?.SlackOf(record) ?? 0);
    }

    private void CountUnit(int record, int sign)
    {
        var unit = _data.UnitOf(record);
        if (_units.TryGetValue(unit, out var sums))
        {
            _units[unit] = (sums.Counted + sign * Counted(record), sums.Gross + sign * Gross(record));
        }
    }

    private Int128 Gross(int record) => _columns is null ? _data.RowsOf(record) : _columns.GrossOf(record);

    private Int128 Counted(int record) =>
        _columns is null ? _data.RowsOf(record)
        : _failure.Rule == DisclosureRule.Estimate ? _columns.FromNearestOf(record)
        : _columns.GrossOf(record);
}
