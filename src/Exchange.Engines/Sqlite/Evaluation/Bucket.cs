using Exchange.Protocol.Catalog.V1;

namespace Exchange.Engines.Sqlite.Evaluation;

/// <summary>How many cut points are at or below the value: 0 below the first.</summary>
internal sealed class Bucket(Scalar argument, double[] cuts) : Scalar(TypeKind.Int)
{
    public override bool TryWhole(out long value)
    {
        var present = argument.TryReal(out var number);
        value = cuts.Count(cut => number >= cut);
        return present;
    }
}
