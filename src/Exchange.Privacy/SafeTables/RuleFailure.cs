namespace Exchange.Privacy.SafeTables;

/// <summary>A rule that a block fails. What it says of the data is the owner's alone.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Measure">Position of the measure in the layout; -1 for units and rows.</param>
public readonly record struct RuleFailure(DisclosureRule Rule, int Measure = -1);
