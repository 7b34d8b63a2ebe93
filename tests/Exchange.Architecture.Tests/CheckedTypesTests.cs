using System.Reflection;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Google.Protobuf;

namespace Exchange.Architecture.Tests;

/// <summary>A type that means "checked" can be made by its checker alone.</summary>
public sealed class CheckedTypesTests
{
    private static readonly Assembly Node = typeof(Exchange.Node.Hosting.NodeHost).Assembly;

    [Fact]
    public void An_approved_fragment_has_no_public_constructor() =>
        Assert.Empty(typeof(ApprovedFragment).GetConstructors(BindingFlags.Public | BindingFlags.Instance));

    [Fact]
    public void An_engine_accepts_nothing_but_an_approved_fragment()
    {
        var methods = typeof(IQueryEngine).GetMethods().Where(method => !method.IsSpecialName).ToList();
        Assert.NotEmpty(methods);
        Assert.All(methods, method => Assert.Equal(typeof(ApprovedFragment), method.GetParameters()[0].ParameterType));
    }

    [Fact]
    public void A_released_answer_is_made_inside_its_gate_alone()
    {
        var released = Node.GetType("Exchange.Node.Queries.ReleasedAnswer", throwOnError: true)!;
        Assert.All(released.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance), constructor => Assert.True(constructor.IsPrivate));
    }

    [Fact]
    public void A_raw_aggregate_has_no_wire_form()
    {
        Assert.False(typeof(IMessage).IsAssignableFrom(typeof(RawAggregate)));
        Assert.DoesNotContain(typeof(Exchange.Protocol.Query.V1.FragmentAnswer).Assembly.GetTypes(), type => type.Name.Contains("RawAggregate", StringComparison.Ordinal));
    }
}
