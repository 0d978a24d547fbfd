using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// Fetches tokens with retries and a breaker of their own: where their endpoint is away, the service is not to be blamed for it. What
/// fails for good ends the call that needed the token, which is then neither tried again nor counted.
/// </summary>
internal sealed class ApiTokenCalls(RetryPolicy policy, ApiCallOptions calls)
{
    public async Task<byte[]> RunAsync(Func<CancellationToken, Task<byte[]>> fetch, CancellationToken cancellationToken)
    {
        try
        {
            return await policy.ExecuteAsync(async token => await fetch(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (ApiCallException e) when (e.Verdict.Class != FailureClass.Refusal)
        {
            throw Given(ApiErrors.Ending(e, calls));
        }
        catch (BreakerOpenException e)
        {
            throw Given(ApiErrors.Ending(e, calls));
        }
    }

    private static ApiCallException Given(EtlException ending) => new(default, ending.Code, ending.Message, ending) { Detail = ending.Detail };
}
