using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>A service whose every answer holds what must not come out.</summary>
internal sealed class FailingService : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    public FailingService()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public string Address { get; }

    public void Dispose()
    {
        _listener.Stop();
        _serving.Wait(TimeSpan.FromSeconds(5));
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                Answer(await _listener.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped.
            return;
        }
    }

    private static void Answer(HttpListenerContext context)
    {
        string path = context.Request.Url!.AbsolutePath;
        string body = path switch
        {
            "/broken" => "{\"items\":[{\"id\":\"CANARYbroken\"},{\"id\":CANARY",
            "/token" => "{\"access_token\":\"CANARYfetched\"}",
            "/items" => "{\"items\":[{\"id\":\"CANARYid\",\"amount\":\"CANARYamount\"}]}",
            "/loop" => "{\"items\":[{\"id\":\"CANARYid\"}],\"next\":\"CANARYcursor\"}",
            "/elsewhere" => "{\"items\":[{\"id\":\"CANARYid\"}],\"next\":\"http://other.invalid/x?token=CANARYnext\"}",
            "/orders.csv" => "id,amount\n1,CANARYamount\n2,3\n",
            "/page.csv" => "<html>CANARYpage</html>",
            "/orders.jsonl" => "{\"id\":1,\"amount\":\"CANARYamount\"}\n{\"id\":CANARY}\n",
            _ => "{\"error\":\"CANARYanswer\"}",
        };
        if (path == "/echo")
        {
            string? authorization = context.Request.Headers["Authorization"];
            body = $"{{\"error\":\"no right for {authorization?.Split(' ')[^1]} {context.Request.Headers["X-Api-Key"]} {context.Request.Cookies["sid"]?.Value}\"}}";
            context.Response.StatusCode = 400;
        }
        if (path == "/redirect")
            context.Response.Redirect("http://u:CANARYpw@other.invalid/?token=CANARYlocation");
        if (path.StartsWith("/status/", StringComparison.Ordinal))
            context.Response.StatusCode = int.Parse(path["/status/".Length..], CultureInfo.InvariantCulture);
        context.Response.StatusDescription = "CANARYreason";
        context.Response.ContentType = path == "/page.csv" ? "text/html" : "application/json";
        context.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: false);
    }
}
