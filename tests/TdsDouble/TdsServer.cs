using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace EtlTools.Tests.Tds;

/// <summary>
/// A test double of the protocol that SQL Server speaks, MS-TDS 7.4 over loopback: pre-login with or without TLS, login, SQL
/// batches, procedure calls, bulk loads, transactions and attentions. It knows nothing of SQL: it keeps what clients
/// send, and answers what the test's script says. What a real server would make of a statement it cannot tell.
/// </summary>
public sealed class TdsServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<LoginRequest> _logins = new();
    private readonly ConcurrentQueue<TdsRequest> _requests = new();
    private readonly ConcurrentDictionary<int, TdsSession> _sessions = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _accepting;
    private int _accepted;

    /// <summary>Starts to listen on a free port.</summary>
    public TdsServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The value of Data Source.</summary>
    public string DataSource => $"127.0.0.1,{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>A connection string for it, without encryption or pooling.</summary>
    public string ConnectionString => $"Data Source={DataSource};User ID=etl;Password=secret;Initial Catalog=shop;Encrypt=Optional;Pooling=False";

    /// <summary>What the server shows as its certificate; without one it offers no encryption.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>The major version that the server says it has: 16 is SQL Server 2022; Azure SQL Database and Managed Instance say 12.</summary>
    public byte Version { get; set; } = 16;

    /// <summary>Answers a login; null lets it pass.</summary>
    public Func<LoginRequest, TdsReply?> OnLogin { get; set; } = _ => null;

    /// <summary>Answers a request. Null means that the script does not know it, which the client is told as an error, except
    /// for transaction requests, which then do what they say.</summary>
    public Func<TdsRequest, TdsReply?> OnRequest { get; set; } = _ => null;

    /// <summary>The logins so far.</summary>
    public IReadOnlyList<LoginRequest> Logins => [.. _logins];

    /// <summary>All requests so far, in the order in which they came.</summary>
    public IReadOnlyList<TdsRequest> Requests => [.. _requests];

    /// <summary>Connections that are open.</summary>
    public int OpenConnections => _sessions.Count;

    /// <summary>Connections that were ever made.</summary>
    public int Connections => Volatile.Read(ref _accepted);

    /// <summary>Drops every connection, as a restart does.</summary>
    public void DropAll()
    {
        foreach (TdsSession session in _sessions.Values)
            session.Drop();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        _listener.Stop();
        DropAll();
        _ended.Dispose();
        await Task.WhenAll(_sessions.Values.Select(session => session.Ended)).ConfigureAwait(false);
    }

    internal TdsReply? Login(LoginRequest login)
    {
        _logins.Enqueue(login);
        return OnLogin(login);
    }

    internal TdsReply Request(TdsRequest request)
    {
        Keep(request);
        return OnRequest(request) ?? Unscripted(request);
    }

    internal void Keep(TdsRequest request) => _requests.Enqueue(request);

    internal void Leave(int session) => _sessions.TryRemove(session, out _);

    private static TdsReply Unscripted(TdsRequest request) => request switch
    {
        TransactionRequest transaction => new TdsReply().Transaction(transaction.Action),
        _ => new TdsReply().Error(50000, $"The script has no answer to {request}"),
    };

    private async Task AcceptAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync(_ended.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            int number = Interlocked.Increment(ref _accepted);
            var session = new TdsSession(this, socket, number);
            _sessions[number] = session;
            session.Start();
        }
    }
}
