using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>Makes a real node do wrong in a round of a secure sum: die before or after it, or say something else, under its own signature.</summary>
internal sealed class RoundFaults : Interceptor
{
    /// <summary>Round that the node does not answer; it does not even begin it.</summary>
    public string? DiesBefore { get; set; }

    /// <summary>Round that the node does its part of, and whose reply is lost.</summary>
    public string? DiesAfter { get; set; }

    /// <summary>Changes a reply.</summary>
    public Func<string, object, object>? Changes { get; set; }

    /// <summary>Done to a reply before it leaves.</summary>
    public Func<string, object, Task>? Afterwards { get; set; }

    /// <summary>Done when a round begins.</summary>
    public Func<string, Task>? Meanwhile { get; set; }

    public void Into(IServiceCollection services) => services.AddSingleton(this).Configure<GrpcServiceOptions>(options => options.Interceptors.Add<RoundFaults>());

    public void Heal() => (DiesBefore, DiesAfter, Changes, Afterwards, Meanwhile) = (null, null, null, null, null);

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        var round = context.Method.Split('/')[^1];
        if (round == DiesBefore)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "down"));
        }

        await (Meanwhile?.Invoke(round) ?? Task.CompletedTask);
        var response = await continuation(request, context);
        if (round == DiesAfter)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "down"));
        }

        await (Afterwards?.Invoke(round, response!) ?? Task.CompletedTask);
        return Changes is null ? response : (TResponse)Changes(round, response);
    }

    /// <summary>The message in a reply of a round; null where it is a refusal.</summary>
    public static SessionMessage? MessageOf(object response) => response switch
    {
        OpenSessionResponse open => open.Message,
        ShareSessionResponse share => share.Message,
        InputSessionResponse input => input.Message,
        ConfirmSessionResponse confirm => confirm.Message,
        UnmaskSessionResponse unmask => unmask.Message,
        _ => null,
    };

    /// <summary>The reply with another message.</summary>
    public static object With(object response, SessionMessage message)
    {
        switch (response)
        {
            case OpenSessionResponse open:
                open.Message = message;
                break;
            case ShareSessionResponse share:
                share.Message = message;
                break;
            case InputSessionResponse input:
                input.Message = message;
                break;
            case ConfirmSessionResponse confirm:
                confirm.Message = message;
                break;
            case UnmaskSessionResponse unmask:
                unmask.Message = message;
                break;
        }

        return response;
    }

    /// <summary>The message with other content behind its header, signed anew.</summary>
    public static SessionMessage Signed(SessionMessage message, SigningKey key, Action<byte[]> spoil)
    {
        var payload = message.Payload.ToByteArray();
        spoil(payload);
        return new SessionMessage
        {
            Payload = ByteString.CopyFrom(payload),
            Signature = ByteString.CopyFrom(key.Sign(SignedMessage.ToBeSigned(SignedMessage.Session, payload))),
        };
    }
}
