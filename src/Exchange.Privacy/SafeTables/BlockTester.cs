namespace Exchange.Privacy.SafeTables;

/// <summary>Rules 1 to 4 and 7 of a set of atoms in one value layer: every measure of it, published or only checked, and the row count.</summary>
internal sealed class BlockTester(AtomIndex atoms, TableRules rules, IReadOnlyList<int> measures, bool rowsAreMeasure)
{
    private readonly TableLayout _layout = atoms.Data.Layout;
    private readonly (Ratio P, Ratio OfSquares, Ratio Dominance) _ratios = (rules.P, rules.POfSquares, rules.Dominance);

    public UnitTally Tally { get; } = new(atoms, rules);

    /// <summary>One for another thread.</summary>
    public BlockTester Another() => new(atoms, rules, measures, rowsAreMeasure);

    /// <summary>The first rule that fails; null where all pass. The tally is then of the measure that failed.</summary>
    public RuleFailure? Test(ReadOnlySpan<int> set)
    {
        Tally.Load(set);
        if (Tally.Units < rules.MinUnits)
        {
            return new(DisclosureRule.Threshold);
        }

        if (rowsAreMeasure && FailureOfRows() is { } rowsFailure)
        {
            return rowsFailure;
        }

        foreach (var measure in measures)
        {
            if (_layout.Measures[measure].Use != MeasureUse.Product && FailureOf(measure) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    /// <summary>The first rule that fails in one measure, or the row count; null where all pass.</summary>
    public RuleFailure? TestOne(int measure, ReadOnlySpan<int> set)
    {
        Tally.Load(set);
        return measure < 0 ? FailureOfRows() : FailureOf(measure);
    }

    /// <summary>Whether the loaded set's measure passes rules 1 to 4; p is 2p + p² for products.</summary>
    public RuleFailure? FailureOf(int measure)
    {
        var layout = _layout.Measures[measure];
        Tally.Tally(measure);
        if (Tally.UnitsWithValue < rules.MinUnits)
        {
            return new(DisclosureRule.Threshold, measure);
        }

        var spread = layout.YesNo ? rules.MinUnits : rules.MinSpread;
        return FailureOfContributions(measure, layout.Use == MeasureUse.Product ? _ratios.OfSquares : _ratios.P)
            ?? (layout.Use == MeasureUse.Published ? FailureOfValues(measure) ?? FailureOfMissing(measure) : null)
            ?? (DisclosureRules.PassesSpread(Tally.UnitsWithValue, Tally.MostWithOnlyOneValue(spread, layout.ZeroHarmless), spread)
                ? null
                : new(DisclosureRule.Spread, measure));
    }

    /// <summary>
    /// The number of values leaves beside their sum: a row count as well, of those rows. Where nobody has more than one it is the number of
    /// units.
    /// </summary>
    private RuleFailure? FailureOfValues(int measure)
    {
        var largest = Tally.LargestValues;
        if (largest.First <= 1)
        {
            return null;
        }

        return !DisclosureRules.PassesEstimate(Tally.Values, largest.TotalOf(rules.Coalition + 1), largest.First, 0, _ratios.P) ? new(DisclosureRule.Estimate, measure)
            : !DisclosureRules.PassesDominance(Tally.Values, largest.TotalOf(rules.DominanceUnits), 0, _ratios.Dominance) ? new(DisclosureRule.Dominance, measure)
            : null;
    }

    /// <summary>The number of values is told beside that of rows, and their difference is of those who lack one. A row that is a unit of its own is about nobody.</summary>
    private RuleFailure? FailureOfMissing(int measure) =>
        _layout.UnitIsRow || DisclosureRules.PassesMissing(Tally.UnitsLacking(measure, rules.MinSpread), rules.MinSpread) ? null : new(DisclosureRule.Missing, measure);

    private RuleFailure? FailureOfRows()
    {
        Tally.TallyRows();
        return (Tally.LargestGross.First <= 1 ? null : FailureOfContributions(-1, _ratios.P))
            ?? (_layout.OneRowHarmless || Tally.UnitsWithSeveralRows() >= rules.MinSpread ? null : new(DisclosureRule.Spread));
    }

    private RuleFailure? FailureOfContributions(int measure, Ratio p)
    {
        if (!DisclosureRules.PassesEstimate(Tally.FromNearest, Tally.LargestFromNearest.Total, Tally.LargestGross.First, Tally.Slack, p))
        {
            return new(DisclosureRule.Estimate, measure);
        }

        return DisclosureRules.PassesDominance(Tally.Gross, Tally.LargestGross.Total, Tally.Slack, _ratios.Dominance) ? null : new(DisclosureRule.Dominance, measure);
    }
}
