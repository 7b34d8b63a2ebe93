namespace Exchange.Query.Compilation;

/// <summary>The aggregate functions of the SQL that is served.</summary>
internal enum AggregateFunction
{
    CountRows,
    Count,
    Sum,
    Avg,
    VarSamp,
    VarPop,
    StddevSamp,
    StddevPop,
    Corr,
    CovarSamp,
    CovarPop,
    Min,
    Max,
    Quantile,
    CountUnits,
}
