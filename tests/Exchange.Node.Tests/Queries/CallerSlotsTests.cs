using CsCheck;
using Exchange.Node.Queries;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Tests.Queries;

public sealed class CallerSlotsTests
{
    [Fact]
    public void A_caller_gets_its_last_slot_and_not_one_more_and_another_caller_is_not_touched()
    {
        var slots = new CallerSlots(perCallerMax: 2);
        var first = slots.Take("lab");
        var second = slots.Take("lab");

        Assert.Equal(Reasons.TooManyConcurrentQueries, Assert.Throws<ExchangeException>(() => slots.Take("lab")).Reason);
        using var other = slots.Take("bureau");

        first.Dispose();
        first.Dispose();
        using var third = slots.Take("lab");
        Assert.Throws<ExchangeException>(() => slots.Take("lab"));
        second.Dispose();
    }

    [Fact]
    public void However_slots_are_taken_and_given_back_side_by_side_none_is_lost() => Gen.Int[2, 8].Sample(most =>
    {
        var slots = new CallerSlots(most);
        Parallel.For(0, 200, _ =>
        {
            try
            {
                slots.Take("lab").Dispose();
            }
            catch (ExchangeException error)
            {
                Assert.Equal(Reasons.TooManyConcurrentQueries, error.Reason);
            }
        });

        var all = Enumerable.Range(0, most).Select(_ => slots.Take("lab")).ToList();
        Assert.Throws<ExchangeException>(() => slots.Take("lab"));
        all.ForEach(slot => slot.Dispose());
    }, iter: 20);
}
