using System.Globalization;

namespace Exchange.Attacks;

/// <summary>How many questions an attack asks: 200, or what EXCHANGE_ATTACK_QUERIES says (a full run has 10,000).</summary>
internal static class QuestionCount
{
    public static int Value { get; } = int.TryParse(Environment.GetEnvironmentVariable("EXCHANGE_ATTACK_QUERIES"), CultureInfo.InvariantCulture, out var count) ? count : 200;
}
