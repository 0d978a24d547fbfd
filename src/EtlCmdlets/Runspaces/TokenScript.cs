using System.Collections.Concurrent;
using System.Management.Automation;
using System.Net;
using System.Security;
using EtlTools.Engine;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>
/// A script block that gives tokens. Calls ask from their own threads; the block runs on the pipeline thread, in the user's session, when
/// that comes by.
/// </summary>
internal sealed class TokenScript(ScriptBlock block, Redactor redactor)
{
    private readonly ConcurrentQueue<TaskCompletionSource<string>> _asked = [];

    /// <summary>Asks for a token. Any thread.</summary>
    public Task<string> AskAsync(CancellationToken cancellationToken)
    {
        var asked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Enqueue(asked);
        return asked.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Gives those who ask what they ask for. Pipeline thread.</summary>
    public void Serve()
    {
        while (_asked.TryDequeue(out TaskCompletionSource<string>? asked))
        {
            try
            {
                string token = Run();
                redactor.AddSecret(token);
                asked.TrySetResult(token);
            }
            catch (EtlException e)
            {
                asked.TrySetException(e);
            }
        }
    }

    private string Run()
    {
        object? given;
        try
        {
            given = ValueUnwrapper.Unwrap(block.Invoke().LastOrDefault());
        }
        catch (RuntimeException e)
        {
            throw new EtlException(FailureCodes.AuthenticationFailed, FailureKind.PermissionDenied, "-TokenScript failed and gave no token.", e) { Detail = e.Message };
        }
        string? token = given switch
        {
            string text => text,
            SecureString secure => new NetworkCredential("", secure).Password,
            System.Collections.IDictionary map => map["access_token"]?.ToString(),
            null => null,
            object other => PSObject.AsPSObject(other).Properties["access_token"]?.Value?.ToString(),
        };
        return string.IsNullOrWhiteSpace(token)
            ? throw new EtlException(FailureCodes.AuthenticationFailed, FailureKind.PermissionDenied, "-TokenScript gave no token: neither a text nor an object with access_token.")
            : token.Trim();
    }
}
